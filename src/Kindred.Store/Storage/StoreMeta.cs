namespace Kindred.Store.Storage;

/// <summary>The rows of meta that never change after a store was made.</summary>
internal sealed record StoreMeta(
    string StoreId, string ModelName, string ModelFingerprint, int Dimensions, int ChunkTokens, int ChunkOverlap, DateTimeOffset Created);
