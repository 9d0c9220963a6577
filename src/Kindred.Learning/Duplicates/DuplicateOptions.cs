namespace Kindred.Learning.Duplicates;

/// <summary>How alike rows must be to count as duplicates. Equal ones always do.</summary>
public sealed record DuplicateOptions
{
    /// <summary>Jaccard similarity from which texts are near duplicates, above 0 to 1; null not to look for any.</summary>
    public double? Near { get; init; } = 0.8;

    /// <summary>Cosine from which vectors mean the same, above 0 to 1; null not to look for any.</summary>
    public double? Meaning { get; init; } = 0.95;

    internal void Check()
    {
        if (Near is not (null or (> 0 and <= 1))) throw new ArgumentException($"A Jaccard similarity of {Near} is not above 0 and at most 1.", nameof(Near));
        if (Meaning is not (null or (> 0 and <= 1))) throw new ArgumentException($"A cosine of {Meaning} is not above 0 and at most 1.", nameof(Meaning));
    }
}
