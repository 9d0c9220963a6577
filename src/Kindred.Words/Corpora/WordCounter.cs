using Kindred.Words.Files;

namespace Kindred.Words.Corpora;

/// <summary>Counts words and gives each a number in the order they come. When there are more than <paramref name="most"/> different ones the rarest are
/// forgotten, and get a new number should they come again: so memory is bounded, as in word2vec.c (ReduceVocab).</summary>
internal sealed class WordCounter(int most = 24_000_000)
{
    private const int MostBytes = 1 << 30;
    private VocabularyBuilder _words = new();
    private int[] _numbers = new int[1024];
    private long[] _counts = new long[1024];
    private long _forgetting = 1;

    /// <summary>How many numbers were given.</summary>
    internal int Numbers { get; private set; }

    /// <summary>The highest count of all words.</summary>
    internal long HighestCount => _counts.Max();

    /// <summary>Counts a word.</summary>
    /// <returns>Its number.</returns>
    internal int Count(ReadOnlySpan<byte> word)
    {
        int index = _words.Find(word);
        if (index < 0)
        {
            if (_words.Count >= most || _words.ByteCount > MostBytes) Forget();
            index = _words.Count;
            _words.Add(word);
            if (index == _numbers.Length)
            {
                Array.Resize(ref _numbers, 2 * index);
                Array.Resize(ref _counts, 2 * index);
            }
            _numbers[index] = Numbers++;
            _counts[index] = 0;
        }
        _counts[index]++;
        return _numbers[index];
    }

    /// <summary>The words that came often enough, the commonest first, those of equal count in the order they came.</summary>
    /// <param name="minCount">How often is enough.</param>
    /// <param name="first">Words that stand in front whatever their count, as a model that is trained further has them; may be empty.</param>
    /// <returns>The words, their counts and the place of each number, -1 where there is none.</returns>
    internal (Vocabulary Words, long[] Counts, int[] Places) Result(long minCount, IReadOnlyList<(byte[] Word, long Count)> first)
    {
        var vocabulary = new VocabularyBuilder();
        var counts = new List<long>();
        int[] places = new int[Numbers];
        Array.Fill(places, -1);
        foreach (var (word, count) in first)
        {
            int index = _words.Find(word);
            vocabulary.Add(word);
            if (index >= 0) places[_numbers[index]] = counts.Count;
            counts.Add(count + (index >= 0 ? _counts[index] : 0));
        }
        int[] order = [.. Enumerable.Range(0, _words.Count).Where(i => _counts[i] >= minCount && places[_numbers[i]] < 0)];
        Array.Sort(order, (a, b) => _counts[a] != _counts[b] ? _counts[b].CompareTo(_counts[a]) : a.CompareTo(b));
        foreach (int index in order)
        {
            places[_numbers[index]] = counts.Count;
            vocabulary.Add(_words.Bytes(index));
            counts.Add(_counts[index]);
        }
        return (vocabulary.Build(), [.. counts], places);
    }

    private void Forget()
    {
        var kept = new VocabularyBuilder();
        while (true)
        {
            for (int i = 0; i < _words.Count; i++)
            {
                if (_counts[i] <= _forgetting) continue;
                (_numbers[kept.Count], _counts[kept.Count]) = (_numbers[i], _counts[i]);
                kept.Add(_words.Bytes(i));
            }
            _words = kept;
            _forgetting++;
            if (kept.Count <= most / 2 && kept.ByteCount <= MostBytes / 2) return;
            kept = new VocabularyBuilder();
        }
    }
}
