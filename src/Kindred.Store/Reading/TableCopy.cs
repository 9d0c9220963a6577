using System.IO.Compression;
using System.Text;

namespace Kindred.Store.Reading;

/// <summary>Copies a table without some of its rows. Lines are copied as they stand, so that quoting, order and types of columns stay; in UTF-8. Memory is bounded by the longest row.</summary>
public static class TableCopy
{
    /// <summary>Writes the table beside its place and renames it when it is complete.</summary>
    /// <param name="source">A table that <see cref="TableReader"/> reads: a file.</param>
    /// <param name="path">The file to make or replace; packed by gzip where its name ends in .gz. It may be the source itself.</param>
    /// <param name="keeps">Of a row's number, from 1, whether it is copied.</param>
    /// <param name="cancellationToken">Stops the copy; nothing is left of it.</param>
    /// <exception cref="UnreadableDocumentException">The source is missing or a row is malformed.</exception>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    public static void Write(string source, string path, Func<long, bool> keeps, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(keeps);
        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (Stream file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            using (var packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionLevel.Optimal) : file)
            using (var writer = new StreamWriter(packed, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
                Copy(source, writer, keeps, cancellationToken);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static void Copy(string source, StreamWriter writer, Func<long, bool> keeps, CancellationToken cancel)
    {
        using var table = TableReader.Open(source);
        using var lines = new LineReader(new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1), source);
        var line = lines.Next();
        bool kept = true;   // what stands before the first row is the header
        foreach (var row in table.Rows(cancel))
        {
            CopyBefore(row.Line);
            kept = keeps(row.Number);
        }

        CopyBefore(long.MaxValue);

        void CopyBefore(long number)
        {
            for (; line is { } next && next.Number < number; line = lines.Next())
            {
                if (!kept) continue;
                writer.Write(next.Text.Span);
                writer.Write(next.Break);
            }
        }
    }
}
