namespace Kindred.Store;

/// <summary>A file that was found and can be read; it has not been opened yet.</summary>
/// <param name="Path">Relative to the folder, with '/'.</param>
/// <param name="FullPath">Where it lies.</param>
/// <param name="Bytes">Its length when it was found.</param>
/// <param name="Modified">When it was last written.</param>
/// <param name="Kind">text, code, markdown, html, pdf, docx, csv, tsv or jsonl.</param>
public sealed record DocumentFile(string Path, string FullPath, long Bytes, DateTimeOffset Modified, string Kind);
