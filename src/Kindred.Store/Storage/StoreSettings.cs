namespace Kindred.Store.Storage;

/// <summary>What tests set otherwise.</summary>
internal sealed record StoreSettings
{
    /// <summary>How long a write waits for another process's.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Chunks from which on the vectors are kept in a side file; below, reading them from the store is as fast.</summary>
    public long SideFileFrom { get; init; } = 4096;

    /// <summary>Tokens of a chunk in a new store; null for what the model reads.</summary>
    public int? ChunkTokens { get; init; }
}
