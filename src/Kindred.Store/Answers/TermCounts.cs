namespace Kindred.Store.Answers;

/// <summary>How many passages hold a word; each is looked up once. For one thread.</summary>
internal sealed class TermCounts(KindredStore store)
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long? _chunks;

    /// <summary>BM25's idf: ln(1 + (N − n + ½) / (n + ½)).</summary>
    public double Weight(string word)
    {
        long count = Count(word), chunks = _chunks ??= store.ReadInfo().Chunks;
        return Math.Log(1 + ((Math.Max(0, chunks - count) + 0.5) / (count + 0.5)));
    }

    /// <summary>Whether any passage holds a word.</summary>
    public bool Knows(string word) => Count(word) > 0;

    private long Count(string word)
    {
        if (!_counts.TryGetValue(word, out long count)) _counts.Add(word, count = store.CountWord(word));
        return count;
    }
}
