namespace Kindred.Store;

/// <summary>How far indexing has come. All counts are of this run.</summary>
/// <param name="Source">The file in hand, or null at the end.</param>
/// <param name="Sources">Files looked at.</param>
/// <param name="Documents">Documents written.</param>
/// <param name="Chunks">Chunks written.</param>
/// <param name="Embedded">Chunks embedded, written or not yet.</param>
public sealed record AddProgress(string? Source, int Sources, int Documents, int Chunks, int Embedded);
