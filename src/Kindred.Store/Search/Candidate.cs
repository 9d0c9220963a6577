namespace Kindred.Store.Search;

/// <summary>A passage that may become a hit.</summary>
internal sealed class Candidate(SearchHit hit, long document, float[] vector)
{
    public SearchHit Hit { get; set; } = hit;

    /// <summary>Row of its document.</summary>
    public long Document { get; } = document;

    public float[] Vector { get; } = vector;

    /// <summary>The largest cosine to a query; null before any was looked at.</summary>
    public float? Cosine { get; private set; }

    /// <summary>BM25; 0 where it has none of the words.</summary>
    public double Words { get; set; }

    /// <summary>What candidates are ordered by in the end; null for one that no query chose.</summary>
    public double? Score { get; set; }

    /// <summary>Takes note of a query's vector.</summary>
    public void Look(float[]? query)
    {
        if (query is null) return;
        float cosine = Searcher.Cosine(query, Vector);
        Cosine = Math.Max(Cosine ?? cosine, cosine);
    }
}
