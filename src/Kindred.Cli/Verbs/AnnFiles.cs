using System.Buffers.Binary;
using Kindred.Vectors.Files;

namespace Kindred.Cli.Verbs;

/// <summary>The files of bench ann.</summary>
internal static class AnnFiles
{
    /// <summary>Bytes in memory for a byte of the file: the rows as read, the index, and the index's old block while it grows.</summary>
    private const double Copies = 3;

    public static (IReadOnlyList<ReadOnlyMemory<float>> Rows, IReadOnlyList<ReadOnlyMemory<float>> Queries) Read(string basePath, string queryPath, CancellationToken cancel)
    {
        GC.Collect();   // the load that is told below is that of the last collection
        var memory = GC.GetGCMemoryInfo();
        double bytes = new FileInfo(basePath) is { Exists: true } file ? file.Length : 0, free = memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
        if (bytes * Copies > free)
            throw new IOException(FormattableString.Invariant($"{basePath}: {bytes / 1e9:F1} GB of vectors need about {bytes * Copies / 1e9:F1} GB of memory to be read and indexed, {free / 1e9:F1} GB are free"));
        var rows = VectorFile.Read(basePath, cancel);
        if (rows.Count == 0) throw new ArgumentException($"{basePath}: there is no vector to search");
        var queries = VectorFile.Read(queryPath, cancel);
        if (queries.Count == 0) throw new ArgumentException($"{queryPath}: there is no query");
        return rows[0].Length == queries[0].Length
            ? (rows, queries)
            : throw new ArgumentException($"{queryPath} has {queries[0].Length} dimensions, {basePath} has {rows[0].Length}");
    }

    /// <summary>Reads the .ivecs format: each row an int32 n, then n int32, little-endian.</summary>
    /// <param name="path">The file.</param>
    /// <param name="queries">How many rows there must be.</param>
    /// <param name="rows">How many rows the base has: each number is less.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [queries][n], n at least 1.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static int[][] ReadTruth(string path, int queries, int rows, CancellationToken cancel)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        Span<byte> number = stackalloc byte[4];
        if (file.ReadAtLeast(number, 4, throwOnEndOfStream: false) < 4) throw new VectorFileException(path, 0, "too short for a count of neighbours");
        int count = BinaryPrimitives.ReadInt32LittleEndian(number);
        if (count < 1) throw new VectorFileException(path, 0, $"a count of {count} neighbours");
        long stride = 4 + (4L * count);
        if (file.Length != queries * stride)
            throw new VectorFileException(path, 0, $"{file.Length} bytes; {queries} queries with {count} neighbours each would be {queries * stride}");
        file.Position = 0;
        int[][] truth = new int[queries][];
        byte[] bytes = new byte[stride];
        for (int q = 0; q < queries; q++)
        {
            cancel.ThrowIfCancellationRequested();
            file.ReadExactly(bytes);
            if (BinaryPrimitives.ReadInt32LittleEndian(bytes) is var said && said != count) throw new VectorFileException(path, q * stride, $"row {q + 1} has {said} neighbours, row 1 has {count}");
            truth[q] = new int[count];
            for (int i = 0; i < count; i++)
            {
                int row = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 + (4 * i)));
                if (row < 0 || row >= rows) throw new VectorFileException(path, (q * stride) + 4 + (4 * i), $"row {q + 1}, neighbour {i + 1} is {row}; the base has the rows 0 to {rows - 1}, as such a file counts them");
                truth[q][i] = row;
            }
        }

        return truth;
    }
}
