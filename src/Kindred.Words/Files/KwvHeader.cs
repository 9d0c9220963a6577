using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Kindred.Words.Files;

/// <summary>The first 192 bytes of a .kwv file; docs/formats/kwv.md is the byte table, to be kept in step.</summary>
internal readonly record struct KwvHeader
{
    internal const int Length = 192;
    internal const uint Version = 1;
    internal const int MaxDimensions = 65_536;
    internal const int MaxNameBytes = 80;
    private const int NameAt = 88, BodyHashAt = 168, HeaderHashAt = 184;

    internal static ReadOnlySpan<byte> Magic => [0x89, (byte)'K', (byte)'W', (byte)'V', 0x0D, 0x0A, 0x1A, 0x0A];

    private KwvHeader(int count, int dimensions, long wordBytes, string name, UInt128 bodyHash)
    {
        Count = count;
        Dimensions = dimensions;
        Slots = SlotsFor(count);
        WordBytes = wordBytes;
        Name = name;
        BodyHash = bodyHash;
        Scales = Length;
        Rows = Align(Scales + 4L * count);
        WordOffsets = Align(Rows + (long)count * dimensions);
        Words = Align(WordOffsets + 4 * (count + 1L));
        Table = Align(Words + wordBytes);
        FileLength = Table + 4L * Slots;
    }

    internal int Count { get; }
    internal int Dimensions { get; }
    internal int Slots { get; }
    internal long WordBytes { get; }
    internal string Name { get; }
    internal UInt128 BodyHash { get; }

    internal long Scales { get; }
    internal long Rows { get; }
    internal long WordOffsets { get; }
    internal long Words { get; }
    internal long Table { get; }
    internal long FileLength { get; }

    /// <summary>The layout of a file: all of it follows from these numbers.</summary>
    internal static KwvHeader Lay(int count, int dimensions, long wordBytes, string name, UInt128 bodyHash = default) =>
        new(count, dimensions, wordBytes, name, bodyHash);

    /// <summary>Slots of the hash table: a power of two, a quarter more than the words at least, so that a search always meets an empty one.</summary>
    internal static int SlotsFor(int count) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(count + (count / 4) + 1, 2));

    internal void WriteTo(Span<byte> head)
    {
        head.Clear();
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], Dimensions);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], Slots);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], FileLength);
        BinaryPrimitives.WriteInt64LittleEndian(head[40..], Scales);
        BinaryPrimitives.WriteInt64LittleEndian(head[48..], Rows);
        BinaryPrimitives.WriteInt64LittleEndian(head[56..], WordOffsets);
        BinaryPrimitives.WriteInt64LittleEndian(head[64..], Words);
        BinaryPrimitives.WriteInt64LittleEndian(head[72..], Table);
        BinaryPrimitives.WriteInt64LittleEndian(head[80..], WordBytes);
        Encoding.UTF8.GetBytes(Name, head.Slice(NameAt, MaxNameBytes));
        BinaryPrimitives.WriteUInt128BigEndian(head[BodyHashAt..], BodyHash);
        BinaryPrimitives.WriteUInt64BigEndian(head[HeaderHashAt..], XxHash3.HashToUInt64(head[..HeaderHashAt]));
    }

    /// <summary>Reads a header and checks each number of it against the others and the file's length.</summary>
    /// <exception cref="WordVectorFileException">Names the byte and the field that is wrong.</exception>
    internal static KwvHeader Read(string path, ReadOnlySpan<byte> head, long fileLength)
    {
        if (head.Length < Length) throw WordVectorFileException.At(path, head.Length, $"the file ends inside its header of {Length} bytes");
        if (!head[..8].SequenceEqual(Magic)) throw WordVectorFileException.At(path, 0, "magic: this is no .kwv file");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (version != Version) throw WordVectorFileException.At(path, 8, $"version: {version} is not {Version}, the one this program reads");
        ulong hash = XxHash3.HashToUInt64(head[..HeaderHashAt]);
        if (hash != BinaryPrimitives.ReadUInt64BigEndian(head[HeaderHashAt..]))
            throw WordVectorFileException.At(path, HeaderHashAt, "header checksum: the header was damaged");

        Expect(path, head, 12, "header length", Length);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(head[16..]);
        if (count > MaxCount) throw WordVectorFileException.At(path, 16, $"count: {count} words are more than {MaxCount}");
        uint dimensions = BinaryPrimitives.ReadUInt32LittleEndian(head[20..]);
        if (dimensions is < 1 or > MaxDimensions) throw WordVectorFileException.At(path, 20, $"dimensions: {dimensions} is outside 1 to {MaxDimensions}");
        long wordBytes = BinaryPrimitives.ReadInt64LittleEndian(head[80..]);
        if (wordBytes is < 0 or > int.MaxValue) throw WordVectorFileException.At(path, 80, $"word bytes: {wordBytes} is outside 0 to {int.MaxValue}");
        var name = head.Slice(NameAt, MaxNameBytes);
        int end = name.IndexOf((byte)0);
        if (end < 0) end = MaxNameBytes;
        if (!System.Text.Unicode.Utf8.IsValid(name[..end]) || name[end..].ContainsAnyExcept((byte)0))
            throw WordVectorFileException.At(path, NameAt, "name: not UTF-8 that is filled up with zeros");

        var header = new KwvHeader((int)count, (int)dimensions, wordBytes, Encoding.UTF8.GetString(name[..end]),
            BinaryPrimitives.ReadUInt128BigEndian(head[BodyHashAt..]));
        Expect(path, head, 24, "slots", header.Slots);
        Expect(path, head, 28, "reserved", 0);
        ExpectLong(path, head, 40, "offset of scales", header.Scales);
        ExpectLong(path, head, 48, "offset of rows", header.Rows);
        ExpectLong(path, head, 56, "offset of word offsets", header.WordOffsets);
        ExpectLong(path, head, 64, "offset of words", header.Words);
        ExpectLong(path, head, 72, "offset of table", header.Table);
        ExpectLong(path, head, 32, "file length", header.FileLength);
        if (fileLength != header.FileLength)
            throw WordVectorFileException.At(path, Math.Min(fileLength, header.FileLength), $"the file has {fileLength} bytes, its header says {header.FileLength}");
        return header;
    }

    /// <summary>So many words that the hash table's size still fits an int.</summary>
    internal const int MaxCount = 800_000_000;

    private static void Expect(string path, ReadOnlySpan<byte> head, int at, string field, long expected)
    {
        long value = BinaryPrimitives.ReadUInt32LittleEndian(head[at..]);
        if (value != expected) throw WordVectorFileException.At(path, at, $"{field}: {value} where {expected} is due");
    }

    private static void ExpectLong(string path, ReadOnlySpan<byte> head, int at, string field, long expected)
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(head[at..]);
        if (value != expected) throw WordVectorFileException.At(path, at, $"{field}: {value} where {expected} is due");
    }

    private static long Align(long offset) => (offset + 63) & ~63L;
}
