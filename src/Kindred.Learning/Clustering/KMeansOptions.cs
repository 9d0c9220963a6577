namespace Kindred.Learning.Clustering;

/// <summary>Settings of <see cref="KMeansClustering"/>.</summary>
public sealed record KMeansOptions
{
    /// <summary>Rounds of each start at most, 1 or more. Default 300.</summary>
    public int Iterations { get; init; } = 300;

    /// <summary>From how many seedings the work starts; the best one is kept. 1 or more. Default 10.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Of the random choices. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A start ends when the squared moves of all centroids sum to no more than this share of the mean variance of a component, 0 or more. Default 0.0001.</summary>
    public double Tolerance { get; init; } = 1e-4;
}
