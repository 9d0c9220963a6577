namespace Kindred.Store.Chunking;

/// <summary>A part of a document that is embedded as one.</summary>
/// <param name="Start">Where it starts, a UTF-16 position in <see cref="Document.Text"/>.</param>
/// <param name="End">Where it ends, exclusive; the chunk's text is <c>document.Text[Start..End]</c>.</param>
/// <param name="Tokens">How many tokens the counter finds in it.</param>
/// <param name="Heading">The heading it stands under, if any.</param>
/// <param name="Page">The page it starts on, if the document has pages.</param>
/// <param name="Line">The line of the file it starts on, from 1; for pdf, docx and html, of the extracted text.</param>
public sealed record Chunk(int Start, int End, int Tokens, string? Heading, int? Page, int Line);
