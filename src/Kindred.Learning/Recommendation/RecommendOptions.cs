namespace Kindred.Learning.Recommendation;

/// <summary>Settings of one list of recommendations.</summary>
public sealed record RecommendOptions
{
    /// <summary>Items at most; fewer come back where fewer are known to fit.</summary>
    public int K { get; init; } = 10;

    /// <summary>0 takes the best items; towards 1 each further item must differ more from those before it (MMR, Carbonell and Goldstein 1998). 0 to 1.</summary>
    public double Diversity { get; init; }

    /// <summary>Whether an item may be recommended, such as one that is in stock; null allows all.</summary>
    public Func<string, bool>? Allow { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(K, 1);
        if (!(Diversity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(Diversity), Diversity, "Diversity is 0 to 1.");
    }
}
