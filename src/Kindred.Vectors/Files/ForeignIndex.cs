using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>What stands in an index file of another library. Immutable: may be read from several threads at once.</summary>
public sealed record ForeignIndex
{
    /// <summary>The library's own name for the kind: IxF2, IxFI, IHNf, IwFl (FAISS) or hnswlib.</summary>
    public required string Kind { get; init; }

    /// <summary>How its vectors are compared; null where the file does not say.</summary>
    public MetricKind? Metric { get; init; }

    /// <summary>Length of every vector.</summary>
    public required int Dimensions { get; init; }

    /// <summary>The vectors, shape [n][dimensions], finite.</summary>
    public required IReadOnlyList<ReadOnlyMemory<float>> Vectors { get; init; }

    /// <summary>The id or label of each vector, shape [n]; its row where the library keeps none. An id may stand more than once.</summary>
    public required IReadOnlyList<long> Ids { get; init; }

    /// <summary>The rows that are marked as deleted, ascending.</summary>
    public IReadOnlyList<int> Deleted { get; init; } = [];

    /// <summary>The graph of an HNSW index, its nodes the rows; null without one.</summary>
    public GraphLinks? Graph { get; init; }

    /// <summary>The centres of an IVF index's lists, shape [lists][dimensions]; empty without lists.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Centroids { get; init; } = [];

    /// <summary>The list in which each vector stands, shape [n]; empty without lists.</summary>
    public IReadOnlyList<int> Lists { get; init; } = [];
}
