namespace Kindred.Store;

/// <summary>The start of a page.</summary>
/// <param name="Offset">Where it starts, a UTF-16 position in <see cref="Document.Text"/>.</param>
/// <param name="Number">The page's number, from 1.</param>
public readonly record struct DocumentPage(int Offset, int Number);
