namespace Kindred.Vectors.Indexes;

/// <summary>The file that an index is mapped from.</summary>
/// <param name="Path">For errors.</param>
/// <param name="Hashes">The checksums of each list's ids and codes, and of its rows for rescoring.</param>
internal sealed record IvfSource(string Path, (ulong List, ulong Exact)[] Hashes);
