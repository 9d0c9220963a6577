using System.Text;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>
/// Index files of FAISS that hold whole float32 vectors: flat (IxF2, IxFI), HNSW over flat (IHNf), IVF of flat lists (IwFl), and each of them with ids
/// of its own (IxMp, IxM2). The layout is that of faiss/impl/index_write.cpp, little-endian with 64-bit sizes; byte by byte in docs/formats/vectors.md.
/// </summary>
public static class FaissFile
{
    /// <summary>An index within an index within … that a file may nest.</summary>
    private const int Deepest = 4;

    /// <summary>Neighbours of a node over all its levels that are believed.</summary>
    private const int MostNeighbors = 1 << 16;

    /// <summary>Reads an index. Every size is checked against the file's before anything is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or holds another kind of index: names the byte and the field.</exception>
    public static ForeignIndex Read(string path, CancellationToken cancel = default)
    {
        using var at = IndexCursor.Open(path, cancel);
        var index = ReadIndex(at, 0);
        at.End();
        return index;
    }

    private static ForeignIndex ReadIndex(IndexCursor at, int depth)
    {
        Span<byte> four = stackalloc byte[4];
        at.Bytes(four, "the kind of index");
        string kind = Encoding.Latin1.GetString(four);
        if (depth >= Deepest) throw at.Wrong(4, $"more than {Deepest} indexes within each other");
        return kind switch
        {
            "IxF2" or "IxFI" => ReadFlat(at, kind),
            "IHNf" => ReadHnsw(at, depth),
            "IwFl" => ReadInverted(at, depth),
            "IxMp" or "IxM2" => ReadMapped(at, depth),
            _ => throw at.Wrong(4, $"kind {Printable(kind)}; IxF2, IxFI, IHNf, IwFl, IxMp and IxM2 can be read"),
        };
    }

    private static string Printable(string kind) => kind.All(char.IsAsciiLetterOrDigit) ? kind : Convert.ToHexString(Encoding.Latin1.GetBytes(kind));

    private static (int Dimensions, long Count, MetricKind Metric) ReadHeader(IndexCursor at)
    {
        int dimensions = at.Int32("dimensions");
        if (dimensions is < 1 or > VectorRows.MaxDimensions) throw at.Wrong(4, $"dimension {dimensions} is outside 1 to {VectorRows.MaxDimensions}");
        long count = at.Int64("count of vectors", 0, Array.MaxLength);
        at.Int64("a reserved field");
        at.Int64("a reserved field");
        if (at.Byte("whether it is trained") is var trained and > 1) throw at.Wrong(1, $"whether it is trained: {trained} is neither 0 nor 1");
        int metric = at.Int32("metric");
        return metric switch
        {
            0 => (dimensions, count, MetricKind.Dot),
            1 => (dimensions, count, MetricKind.SquaredL2),
            _ => throw at.Wrong(4, $"metric {metric}; 0 (inner product) and 1 (squared Euclid) can be read"),
        };
    }

    private static ForeignIndex ReadFlat(IndexCursor at, string kind)
    {
        var (dimensions, count, metric) = ReadHeader(at);
        if (metric != (kind == "IxFI" ? MetricKind.Dot : MetricKind.SquaredL2)) throw at.Wrong(4, $"metric {metric} in an index of kind {kind}");
        int floats = at.Count("count of components", sizeof(float));
        if (floats != count * dimensions) throw at.Wrong(8, $"count of components {floats}, for {count} vectors of {dimensions}");
        return new ForeignIndex { Kind = kind, Metric = metric, Dimensions = dimensions, Vectors = at.Rows((int)count, dimensions), Ids = RowNumbers((int)count) };
    }

    private static ForeignIndex ReadMapped(IndexCursor at, int depth)
    {
        var (dimensions, count, _) = ReadHeader(at);
        long inside = at.Position;
        var index = ReadIndex(at, depth + 1);
        if (index.Dimensions != dimensions || index.Vectors.Count != count)
            throw new VectorFileException(at.Path, inside, $"an index of {index.Vectors.Count} × {index.Dimensions} within one of {count} × {dimensions}");
        long[] ids = at.Vector<long>("ids");
        if (ids.Length != count) throw at.Wrong(8L * (ids.Length + 1), $"count of ids {ids.Length}, for {count} vectors");

        // what the inner index calls its ids are places in this table
        var own = new long[ids.Length];
        for (int row = 0; row < own.Length; row++)
        {
            long place = index.Ids[row];
            if (place < 0 || place >= ids.Length) throw new VectorFileException(at.Path, inside, $"row {row} has the id {place}, and {ids.Length} ids are mapped");
            own[row] = ids[place];
        }

        return index with { Ids = own };
    }

    private static ForeignIndex ReadHnsw(IndexCursor at, int depth)
    {
        var (dimensions, count, metric) = ReadHeader(at);
        at.Vector<double>("level probabilities");
        int[] room = at.Vector<int>("neighbours to a level");
        for (int level = 0; level < room.Length; level++)
        {
            // each level has room for at least one, so that a node's levels are bounded by bytes that exist
            if (level == 0 ? room[0] != 0 : room[level] <= room[level - 1] || room[level] > MostNeighbors)
                throw at.Wrong(4L * (room.Length - level), $"neighbours up to level {level}: {room[level]}");
        }

        int[] levels = at.Vector<int>("levels");
        if (levels.Length != count) throw at.Wrong((4L * levels.Length) + 8, $"count of levels {levels.Length}, for {count} vectors");
        long levelsEnd = at.Position;
        for (int node = 0; node < levels.Length; node++)
            if (levels[node] < 1 || levels[node] >= room.Length) throw new VectorFileException(at.Path, levelsEnd - (4L * (levels.Length - node)), $"node {node} stands on {levels[node]} levels; {room.Length - 1} are there");
        long[] offsets = at.Vector<long>("offsets of neighbours");
        long offsetsEnd = at.Position;
        if (offsets.Length != count + 1) throw new VectorFileException(at.Path, offsetsEnd - (8L * (offsets.Length + 1)), $"count of offsets {offsets.Length}, for {count} vectors");
        for (int node = 0; node <= count; node++)
        {
            long expected = node == 0 ? 0 : offsets[node - 1] + room[levels[node - 1]];
            if (offsets[node] != expected) throw new VectorFileException(at.Path, offsetsEnd - (8L * (offsets.Length - node)), $"offset {offsets[node]} of node {node} is not {expected}");
        }

        int[] neighbors = at.Vector<int>("neighbours");
        long neighborsEnd = at.Position;
        if (neighbors.Length != offsets[^1]) throw new VectorFileException(at.Path, neighborsEnd - (4L * neighbors.Length) - 8, $"count of neighbours {neighbors.Length}, not {offsets[^1]}");
        var graph = ReadGraph(at, levels, room, offsets, neighbors, neighborsEnd);
        long inside = at.Position;
        var storage = ReadIndex(at, depth + 1);
        if (storage.Kind is not ("IxF2" or "IxFI") || storage.Dimensions != dimensions || storage.Vectors.Count != count || storage.Metric != metric)
            throw new VectorFileException(at.Path, inside, $"vectors of kind {storage.Kind}, {storage.Vectors.Count} × {storage.Dimensions}, under a graph of {count} × {dimensions}");
        return storage with { Kind = "IHNf", Graph = graph };
    }

    private static GraphLinks ReadGraph(IndexCursor at, int[] levels, int[] room, long[] offsets, int[] neighbors, long neighborsEnd)
    {
        var first = new int[levels.Length + 1];
        List<int> starts = [0], links = [];
        for (int node = 0; node < levels.Length; node++)
        {
            for (int level = 0; level < levels[node]; level++)
            {
                for (long i = offsets[node] + room[level]; i < offsets[node] + room[level + 1]; i++)
                {
                    int link = neighbors[i];
                    if (link == -1) continue;   // a place that is not taken
                    if (link < 0 || link >= levels.Length) throw new VectorFileException(at.Path, neighborsEnd - (4 * (neighbors.Length - i)), $"node {node} links to node {link} of {levels.Length}");
                    links.Add(link);
                }

                starts.Add(links.Count);
            }

            first[node + 1] = starts.Count - 1;
        }

        long tail = at.Position;
        int entry = at.Int32("entry point"), top = at.Int32("top level");
        at.Int32("efConstruction");
        at.Int32("efSearch");
        at.Int32("a field no longer used");
        var graph = new GraphLinks(entry, first, [.. starts], [.. links]);
        graph.Check(at.Path, tail, top);
        return graph;
    }

    private static ForeignIndex ReadInverted(IndexCursor at, int depth)
    {
        var (dimensions, count, metric) = ReadHeader(at);
        long lists = at.Int64("count of lists", 1, Array.MaxLength);
        at.Int64("lists to visit");
        long inside = at.Position;
        var coarse = ReadIndex(at, depth + 1);
        if (coarse.Dimensions != dimensions || coarse.Vectors.Count != lists)
            throw new VectorFileException(at.Path, inside, $"{coarse.Vectors.Count} centres of {coarse.Dimensions} for {lists} lists of {dimensions}");
        ReadDirectMap(at);
        Span<byte> four = stackalloc byte[4];
        at.Bytes(four, "the kind of lists");
        if (!four.SequenceEqual("ilar"u8)) throw at.Wrong(4, $"lists of kind {Printable(Encoding.Latin1.GetString(four))}; ilar (in memory) can be read");
        at.Int64("count of lists", lists, lists);
        at.Int64("bytes of a vector", sizeof(float) * (long)dimensions, sizeof(float) * (long)dimensions);
        long[] sizes = ReadSizes(at, (int)lists, count);

        var vectors = new List<ReadOnlyMemory<float>>((int)Math.Min(count, at.Remaining / ((4L * dimensions) + 8)));
        var (ids, list) = (new List<long>(vectors.Capacity), new List<int>(vectors.Capacity));
        for (int i = 0; i < sizes.Length; i++)
        {
            vectors.AddRange(at.Rows((int)sizes[i], dimensions));
            ids.AddRange(at.Values<long>((int)sizes[i], "ids"));
            for (int row = 0; row < sizes[i]; row++) list.Add(i);
        }

        return new ForeignIndex { Kind = "IwFl", Metric = metric, Dimensions = dimensions, Vectors = vectors, Ids = ids, Centroids = coarse.Vectors, Lists = list };
    }

    /// <summary>Reads past the table from id to place, which the lists say as well.</summary>
    private static void ReadDirectMap(IndexCursor at)
    {
        byte kind = at.Byte("kind of direct map");
        if (kind > 2) throw at.Wrong(1, $"kind of direct map {kind} is outside 0 to 2");
        at.Vector<long>("direct map");
        if (kind == 2) at.Vector<(long, long)>("direct map's pairs");
    }

    /// <summary>Reads the length of each list: all of them, or pairs of list and length where most are empty.</summary>
    private static long[] ReadSizes(IndexCursor at, int lists, long count)
    {
        Span<byte> four = stackalloc byte[4];
        at.Bytes(four, "how list sizes are written");
        bool sparse = four.SequenceEqual("sprs"u8);
        if (!sparse && !four.SequenceEqual("full"u8)) throw at.Wrong(4, $"list sizes written as {Printable(Encoding.Latin1.GetString(four))}; full and sprs can be read");
        long start = at.Position;
        long[] given = at.Vector<long>("list sizes");
        if (sparse ? given.Length % 2 != 0 || given.Length / 2 > lists : given.Length != lists) throw new VectorFileException(at.Path, start, $"{given.Length} numbers of list sizes for {lists} lists");
        var sizes = sparse ? new long[lists] : given;
        for (int i = 0; sparse && i < given.Length; i += 2)
        {
            if (given[i] < 0 || given[i] >= lists || sizes[given[i]] != 0) throw new VectorFileException(at.Path, start + 8 + (8L * i), $"list {given[i]} of {lists}, or twice");
            sizes[given[i]] = given[i + 1];
        }

        long left = count;
        foreach (long size in sizes)
        {
            if (size < 0 || size > left) throw new VectorFileException(at.Path, start, $"a list of {size} vectors where {left} of {count} are left");
            left -= size;
        }

        return left == 0 ? sizes : throw new VectorFileException(at.Path, start, $"lists of {count - left} vectors; the header counts {count}");
    }

    private static long[] RowNumbers(int count)
    {
        var ids = new long[count];
        for (int i = 0; i < count; i++) ids[i] = i;
        return ids;
    }
}
