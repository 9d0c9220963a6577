namespace Kindred.Store;

/// <summary>A store that could not be opened, read or written. The message is one line: what, where, what to do.</summary>
/// <param name="path">The store's file.</param>
/// <param name="message">One line for the user.</param>
/// <param name="inner">What lies beneath, if anything.</param>
public class StoreException(string path, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The store's file.</summary>
    public string Path { get; } = path;
}
