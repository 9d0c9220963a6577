namespace Kindred.Store;

/// <summary>What a store holds.</summary>
public sealed record StoreInfo
{
    /// <summary>The store's file.</summary>
    public required string Path { get; init; }

    /// <summary>Version of the file format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>The model that made the vectors.</summary>
    public required string ModelName { get; init; }

    /// <summary>That model's fingerprint: changes when its weights, tokenizer or pooling do.</summary>
    public required string ModelFingerprint { get; init; }

    /// <summary>Length of every vector.</summary>
    public required int Dimensions { get; init; }

    /// <summary>The most tokens a chunk has.</summary>
    public required int ChunkTokens { get; init; }

    /// <summary>Tokens that a chunk repeats of the one before.</summary>
    public required int ChunkOverlap { get; init; }

    /// <summary>When the store was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Number of files and named sources.</summary>
    public required long Sources { get; init; }

    /// <summary>Sources whose indexing was interrupted and goes on at the next run.</summary>
    public required long IncompleteSources { get; init; }

    /// <summary>Number of documents.</summary>
    public required long Documents { get; init; }

    /// <summary>Number of chunks, each with one vector.</summary>
    public required long Chunks { get; init; }
}
