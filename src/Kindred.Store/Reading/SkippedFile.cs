namespace Kindred.Store;

/// <summary>A file or folder that is not read, and why.</summary>
/// <param name="Path">Relative to the folder, with '/'.</param>
/// <param name="Reason">A short phrase for people.</param>
public sealed record SkippedFile(string Path, string Reason);
