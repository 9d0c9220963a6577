using Kindred.Store.Reading;

namespace Kindred.Store;

/// <summary>Finds documents and takes the text out of them. Methods may be called from several threads at once.</summary>
public static class Documents
{
    /// <summary>Lists the files under a folder; nothing is opened.</summary>
    /// <param name="path">A folder, or a single file.</param>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <returns>The files to read and those skipped; both empty for an empty folder.</returns>
    /// <exception cref="DirectoryNotFoundException">There is neither a folder nor a file of that name.</exception>
    public static DocumentFolder FromFolder(string path, ReadOptions? options = null, CancellationToken cancellationToken = default) =>
        DocumentFolder.Find(path, options ?? new ReadOptions(), cancellationToken);

    /// <summary>Reads a file within the default limits; its kind follows from its name, and the documents are called after that.</summary>
    /// <param name="path">A file.</param>
    /// <exception cref="UnreadableDocumentException">The file is missing, damaged, binary, empty, too large or not a text format.</exception>
    public static ReadResult Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string name = Path.GetFileName(path);
        string kind = DocumentKinds.Of(path) ?? throw new UnreadableDocumentException(name, "not a text format");
        return Read(new DocumentFile(name, Path.GetFullPath(path), 0, default, kind));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">As a <see cref="DocumentFolder"/> found it.</param>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UnreadableDocumentException">The file is missing, damaged, binary, empty or too large.</exception>
    public static ReadResult Read(DocumentFile file, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new ReadOptions();
        try
        {
            // asked again: the file may have changed, and opening a pipe would wait for ever
            var info = new FileInfo(file.FullPath);
            if (info.LinkTarget is not null) info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            if (!info.Exists) throw new UnreadableDocumentException(file.Path, "there is no such file");
            if (DocumentKinds.WhyNot(file.Kind, info.Length, options) is { } reason) throw new UnreadableDocumentException(file.Path, reason);
            using var stream = new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            return Read(stream, file.Path, file.Kind, options, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            throw new UnreadableDocumentException(file.Path, $"cannot be opened: {DocumentFolder.Why(e)}", innerException: e);
        }
    }

    /// <summary>Reads from memory or any seekable stream; the kinds are those of <see cref="DocumentFile.Kind"/>.</summary>
    internal static ReadResult Read(Stream stream, string path, string kind, ReadOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        switch (kind)
        {
            case DocumentKinds.Pdf: return PdfFile.Read(stream, path, options, cancel);
            case DocumentKinds.Docx: return DocxFile.Read(stream, path, options, cancel);
        }
        var (text, note) = TextDecoder.Read(stream, path, options.MaxBytes, page: kind == DocumentKinds.Html);
        cancel.ThrowIfCancellationRequested();
        return kind switch
        {
            DocumentKinds.Markdown => MarkdownFile.Read(text, note, path),
            DocumentKinds.Html => HtmlFile.Read(text, note, path, cancel),
            DocumentKinds.Csv => CsvFile.Read(text, note, path, quotes: true, cancel),
            DocumentKinds.Tsv => CsvFile.Read(text, note, path, quotes: false, cancel),
            DocumentKinds.Jsonl => JsonlFile.Read(text, note, path, cancel),
            DocumentKinds.Text or DocumentKinds.Code => new ReadResult([new Document { Id = path, Text = text }], note),
            _ => throw new UnreadableDocumentException(path, $"'{kind}' is no kind of document"),
        };
    }
}
