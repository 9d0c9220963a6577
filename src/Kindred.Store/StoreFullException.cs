namespace Kindred.Store;

/// <summary>The disk is full. What was acknowledged before is still there; this write was undone.</summary>
/// <param name="path">The store's file.</param>
/// <param name="inner">SQLite's own error.</param>
public sealed class StoreFullException(string path, Exception? inner = null)
    : StoreException(path, $"no space left to write {path}: nothing stored before is lost; free some space and run it again", inner);
