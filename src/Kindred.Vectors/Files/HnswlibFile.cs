using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>
/// Index files of hnswlib (HierarchicalNSW::saveIndex of hnswlib/hnswalg.h) over float32 vectors, of a 64-bit little-endian machine; byte by byte in
/// docs/formats/vectors.md. The file says neither the metric nor the type of a component: it must be known to hold float32.
/// </summary>
public static class HnswlibFile
{
    private const long MostLinks = ushort.MaxValue;

    /// <summary>Reads an index. Every size is checked against the file's before anything is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Vectors, labels, rows marked as deleted, and the graph; the metric is null.</returns>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the byte and the field.</exception>
    public static ForeignIndex Read(string path, CancellationToken cancel = default)
    {
        using var at = IndexCursor.Open(path, cancel);
        at.Int64("offset of level 0", 0, 0);
        long most = at.Int64("capacity", 0, uint.MaxValue);
        long count = at.Int64("count of elements", 0, Math.Min(most, Array.MaxLength));
        long size = at.Int64("bytes of an element", 0, at.Remaining);
        long labelAt = at.Int64("offset of the label", size - 8, size - 8);
        long dataAt = at.Int64("offset of the vector", 4, Math.Max(4, labelAt));
        int topLevel = at.Int32("top level"), entry = at.Int32("entry point");
        long maxM = at.Int64("links of a level", 1, MostLinks);
        long maxM0 = at.Int64("links of level 0", 1, MostLinks);
        if (dataAt != 4 + (4 * maxM0)) throw at.Wrong(8, $"{maxM0} links of level 0, and the vector stands at {dataAt}");
        if ((labelAt - dataAt) % 4 != 0 || (labelAt - dataAt) / 4 is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, 32, $"a vector of {labelAt - dataAt} bytes is no float32 vector of 1 to {VectorRows.MaxDimensions} dimensions");
        at.Int64("M");
        at.Int64("level multiplier");
        at.Int64("efConstruction");
        if (count > at.Remaining / (size + 4)) throw new VectorFileException(path, 16, $"{count} elements of {size} bytes, and {at.Remaining} bytes are left");

        var elements = ReadElements(at, (int)count, (int)size, (int)dataAt, (int)labelAt, (int)maxM0);
        var graph = ReadLevels(at, elements.Links, (int)count, (int)maxM, entry);
        graph.Check(path, 48, topLevel);
        at.End();
        return new ForeignIndex { Kind = "hnswlib", Dimensions = (int)(labelAt - dataAt) / 4, Vectors = elements.Vectors, Ids = elements.Labels, Deleted = elements.Deleted, Graph = graph };
    }

    private static (ReadOnlyMemory<float>[] Vectors, long[] Labels, List<int> Deleted, int[][] Links) ReadElements(IndexCursor at, int count, int size, int dataAt, int labelAt, int maxM0)
    {
        var vectors = new ReadOnlyMemory<float>[count];
        var labels = new long[count];
        var links = new int[count][];
        List<int> deleted = [];
        byte[] element = new byte[size];
        for (int row = 0; row < count; row++)
        {
            long start = at.Position;
            at.Bytes(element, "an element");
            links[row] = Links(at.Path, start, element, maxM0, row, 0, count);
            if (element[2] > 1) throw new VectorFileException(at.Path, start + 2, $"element {row}: deletion mark {element[2]} is neither 0 nor 1");
            if (element[2] == 1) deleted.Add(row);
            float[] vector = MemoryMarshal.Cast<byte, float>(element.AsSpan(dataAt..labelAt)).ToArray();
            if (Metric.IndexOfNonFinite(vector) is var bad and >= 0) throw new VectorFileException(at.Path, start + dataAt + (4 * bad), $"row {row + 1}, dimension {bad + 1} is not a finite float32");
            vectors[row] = vector;
            labels[row] = BinaryPrimitives.ReadInt64LittleEndian(element.AsSpan(labelAt));
        }

        return (vectors, labels, deleted, links);
    }

    private static GraphLinks ReadLevels(IndexCursor at, int[][] ground, int count, int maxM, int entry)
    {
        var first = new int[count + 1];
        List<int> starts = [0], links = [];
        int list = 4 + (4 * maxM);
        byte[] bytes = new byte[Math.Min(list, at.Remaining)];
        for (int row = 0; row < count; row++)
        {
            links.AddRange(ground[row]);
            starts.Add(links.Count);
            int length = at.Int32("bytes of the upper levels");
            if (length < 0 || length % list != 0 || length > at.Remaining) throw at.Wrong(4, $"element {row}: {length} bytes of upper levels of {list} bytes each");
            for (int level = 1; level <= length / list; level++)
            {
                long start = at.Position;
                at.Bytes(bytes, "links");
                links.AddRange(Links(at.Path, start, bytes, maxM, row, level, count));
                starts.Add(links.Count);
            }

            first[row + 1] = starts.Count - 1;
        }

        return new GraphLinks(entry, first, [.. starts], [.. links]);
    }

    private static int[] Links(string path, long start, ReadOnlySpan<byte> list, int most, int row, int level, int count)
    {
        int n = BinaryPrimitives.ReadUInt16LittleEndian(list);
        if (n > most) throw new VectorFileException(path, start, $"element {row}, level {level}: {n} links where {most} have room");
        int[] links = MemoryMarshal.Cast<byte, int>(list.Slice(4, 4 * n)).ToArray();
        for (int i = 0; i < n; i++)
            if ((uint)links[i] >= (uint)count) throw new VectorFileException(path, start + 4 + (4 * i), $"element {row}, level {level} links to element {(uint)links[i]} of {count}");
        return links;
    }
}
