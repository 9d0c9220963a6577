namespace Kindred.Store;

/// <summary>Another process wrote to the store for longer than this one was ready to wait. Nothing of this write was stored.</summary>
/// <param name="path">The store's file.</param>
/// <param name="waited">How long it waited.</param>
/// <param name="inner">SQLite's own error.</param>
public sealed class StoreBusyException(string path, TimeSpan waited, Exception? inner = null)
    : StoreException(path, string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{path} is being written by another process (waited {waited.TotalSeconds:0.#} s): try again when it is done"), inner)
{
    /// <summary>How long it waited.</summary>
    public TimeSpan Waited { get; } = waited;
}
