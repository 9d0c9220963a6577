namespace Kindred.Store;

/// <summary>The store, or the folder it lies in, may not be written.</summary>
/// <param name="path">The store's file.</param>
/// <param name="inner">SQLite's own error.</param>
public sealed class StoreReadOnlyException(string path, Exception? inner = null)
    : StoreException(path, $"{path} may not be written: check the rights of the file and its folder", inner);
