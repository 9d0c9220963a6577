using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Kindred.Vectors.Clustering;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Writes an inverted index of more rows than memory holds: rows are coded as they come and put down, list number in front, in a file beside; then, when it is known how
/// many each list has, they are sorted into place through a small buffer for each list.
/// </summary>
internal static unsafe class IvfStream
{
    /// <summary>Bytes of vectors that are coded at once.</summary>
    private const int ChunkBytes = 16 << 20;

    private const int MostChunkRows = 4096;

    /// <summary>Bytes of all the lists' buffers together.</summary>
    private const int BufferBytes = 64 << 20;

    private const int MostBufferRows = 64;

    public static void Write(string path, IEnumerable<ReadOnlyMemory<float>> rows, IvfIndex index, CancellationToken cancel)
    {
        int codeBytes = index.Codec.ListCodeBytes, exactBytes = index.Rescorer?.CodeBytes ?? 0;
        string beside = $"{path}.{Guid.NewGuid():N}.rows.tmp";
        using var spill = new FileStream(beside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20, FileOptions.DeleteOnClose);
        int[] counts = Spill(spill, rows, index, sizeof(int) + codeBytes + exactBytes, cancel);
        byte[] codecs = IvfFile.Codecs(index.Codec, index.Rescorer);
        var layout = IvfFile.Layout(index, codecs, counts);
        AtomicFile.Write(path, file =>
        {
            file.SetLength(layout.End);
            spill.Position = 0;
            Sort(spill, file, layout, counts, codeBytes, exactBytes, cancel);
            IvfFile.WriteFront(file, index, codecs, counts, Hashes(file, layout, counts, cancel));
        });
    }

    private static int[] Spill(FileStream spill, IEnumerable<ReadOnlyMemory<float>> rows, IvfIndex index, int recordBytes, CancellationToken cancel)
    {
        int d = index.Dimensions, most = Math.Clamp(ChunkBytes / (d * sizeof(float)), CentroidPanels.Rows, MostChunkRows);
        var counts = new int[index.Lists];
        var (chunk, nearest, scores) = (new float[most * d], new int[most], new float[most]);
        byte[] records = new byte[(long)most * recordBytes];
        long done = 0;
        int held = 0;
        foreach (var row in rows)
        {
            Metric.Require(row.Span, d, $"{nameof(rows)}[{done + held}]");
            var own = chunk.AsSpan(held++ * d, d);
            row.Span.CopyTo(own);
            if (index.Metric == MetricKind.Cosine) Metric.Normalize(own);
            if (held == most) Flush();
        }

        Flush();
        return counts;

        void Flush()
        {
            cancel.ThrowIfCancellationRequested();
            KMeans.Assign(chunk, index.Panels, nearest, scores, held);
            Parallel.For(0, held, i =>
            {
                var own = chunk.AsSpan(i * d, d);
                var record = records.AsSpan(i * recordBytes, recordBytes);
                MemoryMarshal.Write(record, nearest[i]);
                index.Codec.EncodeInList(own, index.Centroid(nearest[i]), record.Slice(sizeof(int), index.Codec.ListCodeBytes));
                index.Rescorer?.Encode(own, record[(sizeof(int) + index.Codec.ListCodeBytes)..]);
            });
            for (int i = 0; i < held; i++) counts[nearest[i]] = checked(counts[nearest[i]] + 1);
            spill.Write(records.AsSpan(0, held * recordBytes));
            done += held;
            held = 0;
        }
    }

    private static void Sort(FileStream spill, FileStream file, IvfLayout layout, int[] counts, int codeBytes, int exactBytes, CancellationToken cancel)
    {
        int rowBytes = sizeof(long) + codeBytes + exactBytes, most = Math.Clamp(BufferBytes / counts.Length / rowBytes, 1, MostBufferRows);
        byte[]?[] buffers = new byte[counts.Length][];
        int[] held = new int[counts.Length], written = new int[counts.Length];
        byte[] record = new byte[sizeof(int) + codeBytes + exactBytes];
        long rows = spill.Length / record.Length;
        for (long id = 0; id < rows; id++)
        {
            if (id % MostChunkRows == 0) cancel.ThrowIfCancellationRequested();
            spill.ReadExactly(record);
            int list = MemoryMarshal.Read<int>(record), at = held[list]++;

            // in a buffer stand ids, then codes, then rows for rescoring
            byte[] buffer = buffers[list] ??= new byte[most * rowBytes];
            MemoryMarshal.Write(buffer.AsSpan(at * sizeof(long)), id);
            record.AsSpan(sizeof(int), codeBytes).CopyTo(buffer.AsSpan((most * sizeof(long)) + (at * codeBytes)));
            record.AsSpan(sizeof(int) + codeBytes).CopyTo(buffer.AsSpan((most * (sizeof(long) + codeBytes)) + (at * exactBytes)));
            if (held[list] == most) Put(list);
        }

        for (int list = 0; list < counts.Length; list++)
            if (held[list] > 0) Put(list);

        void Put(int list)
        {
            byte[] buffer = buffers[list]!;
            int n = held[list], first = written[list];
            RandomAccess.Write(file.SafeFileHandle, buffer.AsSpan(0, n * sizeof(long)), layout.Ids(list) + ((long)first * sizeof(long)));
            RandomAccess.Write(file.SafeFileHandle, buffer.AsSpan(most * sizeof(long), n * codeBytes), layout.Code(list, counts[list], first));
            RandomAccess.Write(file.SafeFileHandle, buffer.AsSpan(most * (sizeof(long) + codeBytes), n * exactBytes), layout.Exact(list) + ((long)first * exactBytes));
            (written[list], held[list]) = (first + n, 0);
        }
    }

    private static (ulong List, ulong Exact)[] Hashes(FileStream file, IvfLayout layout, int[] counts, CancellationToken cancel)
    {
        var hashes = new (ulong List, ulong Exact)[counts.Length];
        using var map = new MappedFile(file, MemoryMappedFileAccess.Read);
        for (int i = 0; i < counts.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            hashes[i] = (SectionWriter.HashOf(map.Start + layout.Ids(i), layout.ListBytes(i)), SectionWriter.HashOf(map.Start + layout.Exact(i), layout.ExactBytes(i)));
        }

        return hashes;
    }
}
