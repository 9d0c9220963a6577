namespace Kindred.Vectors.Files;

/// <summary>A section of an index file: docs/format.md.</summary>
/// <param name="Offset">Where it starts.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">The checksum that its pieces must give.</param>
internal readonly record struct Section(long Offset, long Length, ulong Hash);
