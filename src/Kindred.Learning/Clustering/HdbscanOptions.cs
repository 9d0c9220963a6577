namespace Kindred.Learning.Clustering;

/// <summary>Settings of <see cref="Hdbscan"/>.</summary>
public sealed record HdbscanOptions
{
    /// <summary>Rows that a cluster has at least, 2 or more. Default 5.</summary>
    public int MinClusterSize { get; init; } = 5;

    /// <summary>The neighbour whose distance says how dense it is around a row, 1 or more; more of them call more rows noise. Null: <see cref="MinClusterSize"/>.</summary>
    public int? MinSamples { get; init; }

    /// <summary>Whether a row that is noise is given to the cluster of the nearest row that is not. Default false.</summary>
    public bool AssignNoise { get; init; }
}
