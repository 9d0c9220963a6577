namespace Kindred.Store;

/// <summary>The file is no store, or a store of a newer format. It was not touched.</summary>
/// <param name="path">The file.</param>
/// <param name="message">One line for the user.</param>
public sealed class StoreFormatException(string path, string message) : StoreException(path, message);
