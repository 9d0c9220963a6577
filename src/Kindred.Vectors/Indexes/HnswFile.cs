using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>The file of a graph, version 2: a header with a table of sections, then the sections, laid out so that a search can use them where they stand. docs/formats/hnsw.md.</summary>
internal static unsafe class HnswFile
{
    public const int HeaderBytes = 512;
    public const int TableAt = 128;
    public const int MaxNodes = 1 << 30;

    private const int HashAt = HeaderBytes - sizeof(ulong);

    /// <summary>The sections that may hold anything: a bit each.</summary>
    private const uint Vectors = (1u << (int)Part.Rows) | (1u << (int)Part.Codes);

    /// <summary>In the order in which they stand in the file.</summary>
    public static readonly string[] Sections = ["ids", "levels", "upper links", "ground links", "rows", "codec", "codes"];

    private enum Part
    {
        Ids,
        Levels,
        Upper,
        Links,
        Rows,
        Codec,
        Codes,
    }

    private static ReadOnlySpan<byte> Magic => "KHNSW02\0"u8;

    /// <summary>Writes a graph without its holes: nodes move up.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="index">Gives shape and settings.</param>
    /// <param name="graph">Holds no link to a hole.</param>
    /// <param name="ids">The id of each node.</param>
    /// <param name="codes">The code of each node; null without a codec, or with codes of links.</param>
    /// <param name="edges">The codes of each node's links, if the codec is for such.</param>
    /// <param name="added">Vectors added so far.</param>
    /// <param name="live">The nodes that are vectors, ascending.</param>
    public static void Write(string path, HnswIndex index, HnswGraph graph, long* ids, byte* codes, HnswEdgeCodes? edges, long added, IReadOnlyList<int> live)
    {
        int[]? moved = null;
        if (live.Count < graph.Count)
        {
            moved = new int[graph.Count];
            for (int to = 0; to < live.Count; to++) moved[live[to]] = to;
        }

        AtomicFile.Write(path, file =>
        {
            byte[] header = new byte[HeaderBytes];
            file.Write(header);
            var writer = new SectionWriter(file);
            int stride = (index.Dimensions + 15) & ~15, codeBytes = codes == null ? 0 : index.Codec!.CodeBytes;
            int[] links = new int[graph.M0 * HnswGraph.HighestLevel];

            Put(Part.Ids, node => writer.Write(new ReadOnlySpan<byte>(ids + node, sizeof(long))));
            Put(Part.Levels, node => writer.Write([(byte)graph.Level(node)]));
            Put(Part.Upper, node => WriteLinks(graph.UpperLinks(node)));
            Put(Part.Links, node => WriteLinks(new ReadOnlySpan<int>(graph.Links(node), graph.M0)));
            Put(Part.Rows, node => writer.Write(new ReadOnlySpan<byte>(graph.Row(node), stride * sizeof(float))));
            writer.Begin();
            if (index.Codec is { } codec) CodecFile.Write(writer, codec);
            Note(Part.Codec);
            Put(Part.Codes, node => writer.Write(edges is null ? new ReadOnlySpan<byte>(codes + (node * (nint)codeBytes), codeBytes) : edges.Record(node)));

            Magic.CopyTo(header);
            Put32(8, index.Dimensions);
            Put32(12, (int)index.Metric);
            Put64(16, live.Count);
            Put32(24, index.Options.M);
            Put32(28, index.Options.EfConstruction);
            Put32(32, index.Options.Ef);
            Put32(36, Sections.Length);
            Put64(40, index.Options.Seed);
            Put64(48, added);
            Put32(56, moved is null || graph.Entry < 0 ? graph.Entry : moved[graph.Entry]);
            Put32(60, graph.Top);
            Put64(64, file.Position);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(HashAt), PieceHash.Of(header.AsSpan(0, HashAt)));
            file.Position = 0;
            file.Write(header);

            void Put(Part section, Action<int> write)
            {
                writer.Begin();
                foreach (int node in live) write(node);
                Note(section);
            }

            void Note(Part section) => SectionTable.Put(header.AsSpan(TableAt + ((int)section * SectionTable.EntryBytes)), writer.End());

            void WriteLinks(ReadOnlySpan<int> from)
            {
                if (moved is null)
                {
                    writer.Write(MemoryMarshal.AsBytes(from));
                    return;
                }

                for (int i = 0; i < from.Length; i++) links[i] = from[i] < 0 ? -1 : moved[from[i]];
                writer.Write(MemoryMarshal.AsBytes(links.AsSpan(0, from.Length)));
            }

            void Put32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), value);
            void Put64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(at), value);
        });
    }

    /// <summary>Maps a file and checks all that a search relies on: sizes, links, and the checksums of all sections but those of <see cref="HnswImage.Verify"/>.</summary>
    /// <exception cref="VectorFileException">Names the section and the byte.</exception>
    public static HnswImage Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
        byte[] header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) throw new VectorFileException(path, file.Length, "section header: cut");
        var sections = ReadHeader(path, header, file.Length, out var shape);
        var map = new MappedFile(file, MemoryMappedFileAccess.CopyOnWrite);
        try
        {
            SectionTable.CheckGaps(path, map, sections, HeaderBytes);
            CheckHashes(path, map, sections, shape.Count);
            var image = new HnswImage(map)
            {
                Verify = () => SectionTable.Check(path, map, sections, Sections, Vectors),
                Path = path,
                Dimensions = shape.Dimensions,
                Metric = shape.Metric,
                Options = shape.Options,
                Count = shape.Count,
                Added = shape.Added,
                Entry = shape.Entry,
                Top = shape.Top,
                Ids = (long*)At(Part.Ids),
                Levels = At(Part.Levels),
                Upper = (int*)At(Part.Upper),
                Links = (int*)At(Part.Links),
                Rows = (float*)At(Part.Rows),
                Codes = At(Part.Codes),
            };
            CheckUpper(path, image, sections);
            ReadCodec(path, map, image, sections);
            return image;
        }
        catch
        {
            map.Dispose();
            throw;
        }

        byte* At(Part section) => map.Start + sections[(int)section].Offset;
    }

    private static Section[] ReadHeader(string path, byte[] header, long fileLength, out Shape shape)
    {
        if (!header.AsSpan(0, 8).SequenceEqual(Magic)) throw Wrong(0, "not an HNSW index of version 2");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(HashAt)) != PieceHash.Of(header.AsSpan(0, HashAt))) throw Wrong(HashAt, "checksum differs: the file is damaged");
        int dimensions = Get32(8), metric = Get32(12), m = Get32(24), construction = Get32(28), ef = Get32(32), entry = Get32(56), top = Get32(60);
        long count = Get64(16), added = Get64(48);
        SectionTable.CheckShape(path, dimensions, metric);
        if (count is < 0 or > MaxNodes) throw Wrong(16, $"count {count} is outside 0 to {MaxNodes}");
        if (m is < 2 or > 128) throw Wrong(24, $"M {m} is outside 2 to 128");
        if (construction is < 8 or > 10_000) throw Wrong(28, $"efConstruction {construction} is outside 8 to 10000");
        if (ef is < 1 or > 100_000) throw Wrong(32, $"ef {ef} is outside 1 to 100000");
        if (Get32(36) != Sections.Length) throw Wrong(36, $"{Get32(36)} sections instead of {Sections.Length}");
        if (added < count) throw Wrong(48, $"{added} vectors added, and {count} are there");
        if (count == 0 ? (entry, top) != (-1, -1) : entry < 0 || entry >= count) throw Wrong(56, $"entry {entry} is no node of {count}");
        if (Get64(64) != fileLength) throw Wrong(64, $"the file has {fileLength} bytes instead of {Get64(64)}");
        if (header.AsSpan(72, TableAt - 72).ContainsAnyExcept((byte)0)) throw Wrong(72, "a byte that must be zero");

        long[] lengths = [count * sizeof(long), count, -1, count * 2 * m * sizeof(int), count * ((dimensions + 15) & ~15) * sizeof(float), -1, -1];
        var sections = SectionTable.Read(path, header, TableAt, Sections, lengths, fileLength);
        var options = new HnswOptions { M = m, EfConstruction = construction, Ef = ef, Seed = Get64(40) };
        shape = new Shape(dimensions, (MetricKind)metric, options, (int)count, added, entry, top);
        return sections;

        int Get32(int at) => BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(at));
        long Get64(int at) => BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(at));
        VectorFileException Wrong(int at, string problem) => SectionTable.Wrong(path, at, problem);
    }

    /// <summary>Hashes the sections that a search relies on, and looks at the ground links while each piece of them is in the cache.</summary>
    private static void CheckHashes(string path, MappedFile map, Section[] sections, int nodes)
    {
        long badLink = long.MaxValue;
        SectionTable.Check(path, map, sections, Sections, ~Vectors, (section, start, bytes) =>
        {
            if (section != (int)Part.Links) return;
            int bad = FirstBadLink((int*)start, bytes / sizeof(int), nodes);
            if (bad >= 0) Lower(ref badLink, (start - map.Start) + (bad * (long)sizeof(int)));
        });

        if (badLink != long.MaxValue) throw new VectorFileException(path, badLink, $"section {Sections[(int)Part.Links]}: {*(int*)(map.Start + badLink)} is no node of {nodes}");
    }

    /// <summary>The first link that is neither −1 nor a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // at full strength at once: it runs once a file
    private static int FirstBadLink(int* links, int count, int nodes)
    {
        int i = 0;
        for (; i <= count - Vector256<int>.Count; i += Vector256<int>.Count)
            if (Vector256.GreaterThanAny(Vector256.Load(links + i).AsUInt32() + Vector256<uint>.One, Vector256.Create((uint)nodes))) break;
        for (; i < count; i++)
            if ((uint)(links[i] + 1) > (uint)nodes) return i;
        return -1;
    }

    private static void Lower(ref long least, long value)
    {
        for (long seen = Volatile.Read(ref least); value < seen;)
        {
            long before = Interlocked.CompareExchange(ref least, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    /// <summary>Levels in range, and links of each level to nodes that have it: steps there read their links.</summary>
    private static void CheckUpper(string path, HnswImage image, Section[] sections)
    {
        int m = image.Options.M;
        var (levels, upper) = (sections[(int)Part.Levels], sections[(int)Part.Upper]);
        long room = upper.Length / sizeof(int) / m;
        if (FirstBadUpper(image.Levels, image.Upper, image.Count, m, room, out long lists, out int* bad) is >= 0 and var node)
        {
            if (bad != null) throw new VectorFileException(path, upper.Offset + ((bad - image.Upper) * sizeof(int)), $"section upper links: node {node} links to {*bad}, which is no node of that level");
            throw new VectorFileException(path, levels.Offset + node, $"section levels: level {image.Levels[node]} of node {node}, {HnswGraph.HighestLevel} at most, and {room - lists} lists of links are left");
        }

        if (lists * m * sizeof(int) != upper.Length || lists > int.MaxValue) throw new VectorFileException(path, upper.Offset, $"section upper links: {upper.Length} bytes for {lists} lists of {m}");
        if (image.Count > 0 && image.Levels[image.Entry] != image.Top) throw new VectorFileException(path, 56, $"section header: entry {image.Entry} has level {image.Levels[image.Entry]} instead of {image.Top}");
        image.Lists = (int)lists;
    }

    /// <summary>The first node whose level, or a link of whose upper levels, is wrong; −1 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FirstBadUpper(byte* levels, int* link, int nodes, int m, long room, out long lists, out int* bad)
    {
        lists = 0;
        bad = null;
        for (int node = 0; node < nodes; node++)
        {
            int levelsOf = levels[node];
            if (levelsOf == 0) continue;
            if (levelsOf > HnswGraph.HighestLevel || lists + levelsOf > room) return node;
            for (int level = 1; level <= levelsOf; level++)
            {
                for (int i = 0; i < m; i++, link++)
                {
                    if ((uint)(*link + 1) <= (uint)nodes && (*link < 0 || levels[*link] >= level)) continue;
                    bad = link;
                    return node;
                }
            }

            lists += levelsOf;
        }

        return -1;
    }

    private static void ReadCodec(string path, MappedFile map, HnswImage image, Section[] sections)
    {
        var codes = sections[(int)Part.Codes];
        image.Codec = CodecFile.Read(path, map, sections[(int)Part.Codec], image.Dimensions, image.Metric);
        long expected = image.Count * (long)(image.Codec is RabitqCodec { Bits: 1 } signs ? HnswEdgeCodes.RecordBytesOf(signs, 2 * image.Options.M) : image.Codec?.CodeBytes ?? 0);
        if (codes.Length != expected) throw new VectorFileException(path, TableAt + ((int)Part.Codes * SectionTable.EntryBytes) + 8, $"section header: section codes of {codes.Length} bytes instead of {expected}");
    }

    private readonly record struct Shape(int Dimensions, MetricKind Metric, HnswOptions Options, int Count, long Added, int Entry, int Top);
}
