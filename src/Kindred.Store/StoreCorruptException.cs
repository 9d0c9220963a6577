namespace Kindred.Store;

/// <summary>The store's file is damaged.</summary>
/// <param name="path">The store's file.</param>
/// <param name="detail">What is wrong in it.</param>
/// <param name="inner">SQLite's own error, if it found the damage.</param>
public sealed class StoreCorruptException(string path, string detail, Exception? inner = null)
    : StoreException(path, $"{path} is damaged ({detail}): restore a copy, or index the documents into a new store", inner)
{
    /// <summary>What is wrong.</summary>
    public string Detail { get; } = detail;
}
