namespace Kindred.Learning.Reduction;

/// <summary>Settings of <see cref="Tsne"/>; names and defaults as in the paper and in scikit-learn.</summary>
public sealed record TsneOptions
{
    /// <summary>About how many neighbours each row tries to keep, 1 or more; at most a third of the rows is used. Default 30.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>Steps, 1 or more. Default 1,000.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>How wide a cell may be beside its distance to count as one point, 0 (exact) to 0.7, at which no cell can count as one point for a row in it. Default 0.5.</summary>
    public double Theta { get; init; } = 0.5;
}
