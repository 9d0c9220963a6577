using System.Buffers.Binary;
using System.Text;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>The file of an inverted index; docs/formats/ivf.md has it byte by byte.</summary>
internal static unsafe class IvfFile
{
    public const int HeaderBytes = 256;

    private const int EntryBytes = 24;

    private const int HashAt = HeaderBytes - sizeof(ulong);

    private static ReadOnlySpan<byte> Magic => "KIVF003\0"u8;

    /// <summary>The codecs as the file keeps them, filled up to a multiple of 64 bytes.</summary>
    public static byte[] Codecs(VectorCodec codec, VectorCodec? rescorer)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        CodecFile.Write(writer, codec);
        writer.Write(rescorer is not null);
        if (rescorer is not null) CodecFile.Write(writer, rescorer);
        writer.Flush();
        stream.SetLength(IvfLayout.Aligned(stream.Length, IvfLayout.Alignment));
        return stream.ToArray();
    }

    /// <summary>Where the lists stand in the file of an index.</summary>
    public static IvfLayout Layout(IvfIndex index, byte[] codecs, ReadOnlySpan<int> counts) =>
        new(Directory(codecs.Length, counts.Length, index.Dimensions) + IvfLayout.Aligned((long)counts.Length * EntryBytes, IvfLayout.Alignment), counts, index.Codec.ListCodeBytes, index.Rescorer?.CodeBytes ?? 0);

    public static void Write(string path, IvfIndex index)
    {
        IvfList[] lists = [.. Enumerable.Range(0, index.Lists).Select(index.List)];
        int[] counts = Array.ConvertAll(lists, list => list.Count);
        byte[] codecs = Codecs(index.Codec, index.Rescorer);
        var layout = Layout(index, codecs, counts);
        AtomicFile.Write(path, file =>
        {
            var hashes = new (ulong List, ulong Exact)[lists.Length];
            var writer = new SectionWriter(file);
            file.Position = layout.Ids(0);
            for (int i = 0; i < lists.Length; i++)
            {
                writer.Begin();
                Put(writer, (byte*)lists[i].Ids, counts[i], sizeof(long));
                Put(writer, lists[i].Codes, counts[i], index.Codec.ListCodeBytes);
                hashes[i].List = writer.End().Hash;
            }

            file.Write(new byte[layout.ExactStart - layout.CodesEnd]);
            for (int i = 0; i < lists.Length; i++)
            {
                writer.Begin();
                if (index.Rescorer is not null) Put(writer, lists[i].Exact, counts[i], index.Rescorer.CodeBytes);
                hashes[i].Exact = writer.End().Hash;
            }

            WriteFront(file, index, codecs, counts, hashes);
        });
    }

    /// <summary>Writes all that stands before the lists.</summary>
    public static void WriteFront(FileStream file, IvfIndex index, byte[] codecs, int[] counts, (ulong List, ulong Exact)[] hashes)
    {
        byte[] directory = new byte[counts.Length * EntryBytes];
        long count = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            var entry = directory.AsSpan(i * EntryBytes, EntryBytes);
            BinaryPrimitives.WriteInt32LittleEndian(entry, counts[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], hashes[i].List);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], hashes[i].Exact);
            count += counts[i];
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], index.Dimensions);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], (int)index.Metric);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], count);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], counts.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], index.Nprobe);
        BinaryPrimitives.WriteInt32LittleEndian(header[32..], index.Rescore);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], codecs.Length);
        var writer = new SectionWriter(file);
        file.Position = HeaderBytes;
        fixed (byte* codec = codecs, entries = directory)
        fixed (float* centroids = index.Centroids)
        {
            PutSection(header[48..], codec, codecs.Length);
            PutSection(header[56..], (byte*)centroids, (long)index.Centroids.Length * sizeof(float));
            PutSection(header[64..], entries, directory.Length);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(header[HashAt..], PieceHash.Of(header[..HashAt]));
        file.Position = 0;
        file.Write(header);

        void PutSection(Span<byte> checksum, byte* from, long bytes)
        {
            writer.Begin();
            Put(writer, from, bytes, 1);
            BinaryPrimitives.WriteUInt64LittleEndian(checksum, writer.End().Hash);
        }
    }

    /// <summary>Maps a file. The lists are not read: their checksums are kept for whoever touches them first.</summary>
    public static IvfIndex Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
        if (file.Length < HeaderBytes) throw new VectorFileException(path, file.Length, "section header: cut");
        var memory = new IvfMemory(file);
        try
        {
            return Read(path, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static IvfIndex Read(string path, IvfMemory memory)
    {
        var header = new ReadOnlySpan<byte>(memory.Start, HeaderBytes);
        if (!header[..8].SequenceEqual(Magic)) throw SectionTable.Wrong(path, 0, "not an inverted index of version 3");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[HashAt..]) != PieceHash.Of(header[..HashAt])) throw SectionTable.Wrong(path, HashAt, "checksum differs, the file is damaged");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(header[8..]), metric = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        long count = BinaryPrimitives.ReadInt64LittleEndian(header[16..]), codecBytes = BinaryPrimitives.ReadInt64LittleEndian(header[40..]);
        int lists = BinaryPrimitives.ReadInt32LittleEndian(header[24..]), nprobe = BinaryPrimitives.ReadInt32LittleEndian(header[28..]), rescore = BinaryPrimitives.ReadInt32LittleEndian(header[32..]);
        SectionTable.CheckShape(path, dimensions, metric);
        if (lists is < 1 or > IvfIndex.MaxLists) throw SectionTable.Wrong(path, 24, $"{lists} lists are outside 1 to {IvfIndex.MaxLists}");
        if (nprobe < 1 || nprobe > lists) throw SectionTable.Wrong(path, 28, $"nprobe {nprobe} is outside 1 to {lists}");
        if (rescore < 1) throw SectionTable.Wrong(path, 32, $"rescore {rescore} is less than 1");
        if (codecBytes < 1 || codecBytes > Math.Min(memory.Bytes, Array.MaxLength) || codecBytes % IvfLayout.Alignment != 0) throw SectionTable.Wrong(path, 40, $"{codecBytes} bytes of codecs");
        long centroidsAt = HeaderBytes + codecBytes, directoryAt = Directory(codecBytes, lists, dimensions), directoryEnd = directoryAt + IvfLayout.Aligned((long)lists * EntryBytes, IvfLayout.Alignment);
        if (directoryEnd > memory.Bytes || (long)lists * dimensions > Array.MaxLength) throw SectionTable.Wrong(path, 24, $"{lists} lists of {dimensions} dimensions do not fit the file's {memory.Bytes} bytes");

        Check(path, memory, HeaderBytes, codecBytes, 48, "codecs");
        Check(path, memory, centroidsAt, directoryAt - centroidsAt, 56, "centroids");
        Check(path, memory, directoryAt, directoryEnd - directoryAt, 64, "directory");
        var (codec, rescorer) = ReadCodecs(path, new ReadOnlySpan<byte>(memory.Start + HeaderBytes, (int)codecBytes).ToArray(), dimensions, (MetricKind)metric);

        int[] counts = new int[lists];
        var hashes = new (ulong List, ulong Exact)[lists];
        long sum = 0;
        for (int i = 0; i < lists; i++)
        {
            var entry = new ReadOnlySpan<byte>(memory.Start + directoryAt + ((long)i * EntryBytes), EntryBytes);
            counts[i] = BinaryPrimitives.ReadInt32LittleEndian(entry);
            hashes[i] = (BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
            if (counts[i] < 0) throw new VectorFileException(path, directoryAt + ((long)i * EntryBytes), $"section directory: list {i} of {counts[i]} rows");
            sum += counts[i];
        }

        if (sum != count) throw SectionTable.Wrong(path, 16, $"{count} rows, but the lists have {sum}");
        var layout = new IvfLayout(directoryEnd, counts, codec.ListCodeBytes, rescorer?.CodeBytes ?? 0);
        if (layout.End != memory.Bytes) throw new VectorFileException(path, Math.Min(layout.End, memory.Bytes), $"the lists end at byte {layout.End}, the file has {memory.Bytes}");
        int gap = (int)(layout.ExactStart - layout.CodesEnd);
        if (new ReadOnlySpan<byte>(memory.Start + layout.CodesEnd, gap).ContainsAnyExcept((byte)0)) throw new VectorFileException(path, layout.CodesEnd, "a byte between sections that is not zero");

        // an array of its own: searches read centroids all the time
        var centroids = new ReadOnlySpan<float>(memory.Start + centroidsAt, lists * dimensions).ToArray();
        int bad = Metric.IndexOfNonFinite(centroids);
        if (bad >= 0) throw new VectorFileException(path, centroidsAt + (4L * bad), "section centroids: a number that is not finite");
        memory.ReadAtRandom(layout.ExactStart);
        return new IvfIndex(codec, rescorer, centroids, memory, layout, counts, new IvfSource(path, hashes)) { Nprobe = nprobe, Rescore = rescore };
    }

    private static (VectorCodec Codec, VectorCodec? Rescorer) ReadCodecs(string path, byte[] bytes, int dimensions, MetricKind metric)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        try
        {
            using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
            var codec = CodecFile.Read(reader, dimensions, metric);
            var rescorer = reader.ReadBoolean() ? CodecFile.Read(reader, dimensions, metric) : null;
            if (IvfLayout.Aligned(stream.Position, IvfLayout.Alignment) != bytes.Length) throw new InvalidDataException($"{bytes.Length - stream.Position} bytes after the codecs");
            return (codec, rescorer);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new VectorFileException(path, HeaderBytes + stream.Position, $"section codecs: {(e is InvalidDataException ? e.Message : "they end too early")}");
        }
    }

    private static void Check(string path, IvfMemory memory, long from, long bytes, int checksumAt, string what)
    {
        if (SectionWriter.HashOf(memory.Start + from, bytes) != *(ulong*)(memory.Start + checksumAt)) throw new VectorFileException(path, from, $"section {what}: checksum differs, the file is damaged");
    }

    private static long Directory(long codecBytes, int lists, int dimensions) =>
        HeaderBytes + codecBytes + IvfLayout.Aligned((long)lists * dimensions * sizeof(float), IvfLayout.Alignment);

    /// <summary>Writes rows and fills up to a multiple of 64 bytes.</summary>
    private static void Put(SectionWriter writer, byte* rows, long count, int rowBytes)
    {
        const int MostAtOnce = 1 << 20;
        long bytes = count * rowBytes;
        for (long at = 0; at < bytes; at += MostAtOnce) writer.Write(new ReadOnlySpan<byte>(rows + at, (int)Math.Min(MostAtOnce, bytes - at)));
        writer.Write(new byte[IvfLayout.Aligned(bytes, IvfLayout.Alignment) - bytes]);
    }
}
