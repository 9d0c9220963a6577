using System.Text;
using Kindred.Words.Files;

namespace Kindred.Words.Corpora;

/// <summary>The phrases of one pass. A pair's key is both words with a space between, which no token holds.</summary>
internal sealed class PhrasePass
{
    private readonly VocabularyBuilder _pairs = new();
    private readonly List<(long Count, double Score)> _values = [];
    private readonly byte[] _pair = new byte[TokenSplitter.LongestToken];

    internal int Count => _pairs.Count;

    /// <summary>Adds a phrase of at most <see cref="TokenSplitter.LongestToken"/> bytes, the space included.</summary>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="OverflowException">All words together pass 2 GiB.</exception>
    internal bool Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, long count, double score)
    {
        first.CopyTo(_pair);
        _pair[first.Length] = (byte)' ';
        second.CopyTo(_pair.AsSpan(first.Length + 1));
        if (!_pairs.Add(_pair.AsSpan(0, first.Length + 1 + second.Length))) return false;
        _values.Add((count, score));
        return true;
    }

    internal bool Contains(ReadOnlySpan<byte> pair) => _pairs.Find(pair) >= 0;

    /// <summary>The phrases, the highest score first.</summary>
    internal IEnumerable<Phrase> Phrases(int pass)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        Array.Sort(order, (a, b) => _values[a].Score != _values[b].Score ? _values[b].Score.CompareTo(_values[a].Score) : _pairs.Bytes(a).SequenceCompareTo(_pairs.Bytes(b)));
        foreach (int i in order)
        {
            string pair = Encoding.UTF8.GetString(_pairs.Bytes(i));
            int gap = pair.IndexOf(' ', StringComparison.Ordinal);
            yield return new Phrase(pass, pair[..gap], pair[(gap + 1)..], _values[i].Count, _values[i].Score);
        }
    }
}
