using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>The file of a flat index, version 2; docs/formats/flat.md has it byte by byte.</summary>
internal static unsafe class FlatFile
{
    public const int HeaderBytes = 256;
    public const int TableAt = 64;

    private const int HashAt = HeaderBytes - sizeof(ulong);

    /// <summary>Rows that a write takes at once: less than 2^31 bytes of them.</summary>
    private const int RowsAtOnce = 4096;

    /// <summary>In the order in which they stand in the file.</summary>
    public static readonly string[] Sections = ["ids", "codec", "codes", "rows"];

    private static ReadOnlySpan<byte> Magic => "KFLAT02\0"u8;

    public static void Write(string path, FlatIndex index, long* ids, float* rows, FlatCodes? codes) => AtomicFile.Write(path, file =>
    {
        byte[] header = new byte[HeaderBytes];
        int table = TableAt, count = (int)index.Count;
        file.Write(header);
        var writer = new SectionWriter(file);
        Put((byte*)ids, sizeof(long));
        writer.Begin();
        if (codes is not null) CodecFile.Write(writer, codes.Codec);
        Note();
        Put(codes is null ? null : codes.Items, codes?.Codec.CodeBytes ?? 0);
        Put((byte*)rows, RowBytes(index.Dimensions));

        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), index.Dimensions);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), (int)index.Metric);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), count);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), index.Rescore);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), Sections.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(32), file.Position);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(HashAt), PieceHash.Of(header.AsSpan(0, HashAt)));
        file.Position = 0;
        file.Write(header);

        void Put(byte* from, int rowBytes)
        {
            writer.Begin();
            for (int row = 0; row < count; row += RowsAtOnce)
                writer.Write(new ReadOnlySpan<byte>(from + (row * (nint)rowBytes), Math.Min(RowsAtOnce, count - row) * rowBytes));
            Note();
        }

        void Note()
        {
            SectionTable.Put(header.AsSpan(table), writer.End());
            table += SectionTable.EntryBytes;
        }
    });

    /// <summary>Maps a file and checks sizes and checksums; nothing is copied.</summary>
    /// <exception cref="VectorFileException">Names the section and the byte.</exception>
    public static FlatIndex Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) throw new VectorFileException(path, file.Length, "section header: cut");
        if (!header[..8].SequenceEqual(Magic)) throw SectionTable.Wrong(path, 0, "not a flat index of version 2");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[HashAt..]) != PieceHash.Of(header[..HashAt])) throw SectionTable.Wrong(path, HashAt, "checksum differs: the file is damaged");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(header[8..]), metric = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        long count = BinaryPrimitives.ReadInt64LittleEndian(header[16..]), length = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        int rescore = BinaryPrimitives.ReadInt32LittleEndian(header[24..]), sectionCount = BinaryPrimitives.ReadInt32LittleEndian(header[28..]);
        SectionTable.CheckShape(path, dimensions, metric);
        if (count is < 0 or > FlatIndex.MaxRows) throw SectionTable.Wrong(path, 16, $"count {count} is outside 0 to {FlatIndex.MaxRows}");
        if (rescore < 0) throw SectionTable.Wrong(path, 24, $"rescore {rescore} is less than 0");
        if (sectionCount != Sections.Length) throw SectionTable.Wrong(path, 28, $"{sectionCount} sections instead of {Sections.Length}");
        if (length != file.Length) throw SectionTable.Wrong(path, 32, $"the file has {file.Length} bytes instead of {length}");
        if (header[40..TableAt].ContainsAnyExcept((byte)0)) throw SectionTable.Wrong(path, 40, "a byte that must be zero");
        var sections = SectionTable.Read(path, header, TableAt, Sections, [count * sizeof(long), -1, -1, count * RowBytes(dimensions)], file.Length);
        var map = new MappedFile(file, MemoryMappedFileAccess.CopyOnWrite);
        try
        {
            SectionTable.CheckGaps(path, map, sections, HeaderBytes);
            SectionTable.Check(path, map, sections, Sections, uint.MaxValue);
            var codec = CodecFile.Read(path, map, sections[1], dimensions, (MetricKind)metric);
            long expected = count * (codec?.CodeBytes ?? 0);
            if (sections[2].Length != expected) throw SectionTable.Wrong(path, TableAt + (2 * SectionTable.EntryBytes) + 8, $"section codes of {sections[2].Length} bytes instead of {expected}");
            return new FlatIndex(path, map, dimensions, (MetricKind)metric, (int)count, sections[0].Offset, codec, sections[2].Offset, sections[3].Offset) { Rescore = rescore };
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private static int RowBytes(int dimensions) => ((dimensions + 15) & ~15) * sizeof(float);
}
