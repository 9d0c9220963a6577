namespace Kindred.Learning.Pairs;

/// <summary>How the rows of two lists are scored.</summary>
public sealed record PairOptions
{
    /// <summary>Pairs that score less are no pairs; null for all.</summary>
    public double? Minimum { get; init; }

    /// <summary>
    /// Scores by margin: the cosine less the mean of what both rows have with their four nearest of the other list, so that a row that is near to everything wins no pairs by that
    /// (CSLS, Conneau et al. 2018; "distance" of Artetxe and Schwenk 2019). 0: no nearer than others.
    /// </summary>
    public bool Margin { get; init; }

    /// <summary>Scores up to which one-to-one is exact: 128 MB of them.</summary>
    internal long MostCells { get; init; } = 1L << 25;

    internal void Check()
    {
        if (Minimum is { } least && !double.IsFinite(least)) throw new ArgumentException($"The least score is {least}.", nameof(Minimum));
    }
}
