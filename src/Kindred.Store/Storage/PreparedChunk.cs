using Kindred.Store.Chunking;

namespace Kindred.Store.Storage;

/// <summary>A chunk on its way into the store.</summary>
internal sealed class PreparedChunk(Chunk chunk, string text)
{
    public Chunk Chunk { get; } = chunk;

    public string Text { get; } = text;

    /// <summary>Null until it was embedded or taken over from an older version.</summary>
    public float[]? Vector { get; set; }
}
