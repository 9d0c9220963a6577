namespace Kindred.Store;

/// <summary>What a file held.</summary>
/// <param name="Documents">One document, or one a row of a table; the file has been checked to its end, so walking them does not fail.</param>
/// <param name="Note">What a reader should know, such as "not UTF-8: read as Latin-1"; null when all was plain.</param>
public sealed record ReadResult(IEnumerable<Document> Documents, string? Note);
