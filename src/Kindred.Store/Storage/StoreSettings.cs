namespace Kindred.Store.Storage;

/// <summary>What tests set otherwise.</summary>
internal sealed record StoreSettings
{
    /// <summary>How long a write waits for another process's.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Chunks from which on there is a graph; below, comparing every vector takes a fraction of what encoding the question does.</summary>
    public long GraphFrom { get; init; } = 10_000;

    /// <summary>Tokens of a chunk in a new store; null for what the model reads.</summary>
    public int? ChunkTokens { get; init; }
}
