using System.Buffers.Binary;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>The table of sections in the header of an index file, and the checking of what it says.</summary>
internal static unsafe class SectionTable
{
    public const int EntryBytes = 32;

    /// <summary>Looks at a piece of a section while it is in the cache.</summary>
    public delegate void Look(int section, byte* start, int bytes);

    /// <summary>Writes an entry.</summary>
    public static void Put(Span<byte> entry, Section section)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, section.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], section.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], section.Hash);
    }

    /// <summary>Reads the table: each section stands where the one before it ends, and the last one ends the file.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="header">All that stands before the first section; its checksum stands in its last 8 bytes.</param>
    /// <param name="at">Where the table starts.</param>
    /// <param name="names">Of the sections.</param>
    /// <param name="lengths">The length that each must have; −1 where the table says it.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <exception cref="VectorFileException">An entry is not as it must be.</exception>
    public static Section[] Read(string path, ReadOnlySpan<byte> header, int at, string[] names, ReadOnlySpan<long> lengths, long fileLength)
    {
        var sections = new Section[names.Length];
        long expected = header.Length;
        for (int i = 0; i < sections.Length; i++, at += EntryBytes)
        {
            var entry = header.Slice(at, EntryBytes);
            var section = sections[i] = new Section(
                BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
            expected = (expected + SectionWriter.Alignment - 1) & -SectionWriter.Alignment;
            if (section.Offset != expected) throw Wrong(path, at, $"section {names[i]} at {section.Offset} instead of {expected}");
            if (section.Length < 0 || section.Length > fileLength - expected || (lengths[i] >= 0 && section.Length != lengths[i]))
                throw Wrong(path, at + 8, $"section {names[i]} of {section.Length} bytes in a file of {fileLength}{(lengths[i] >= 0 ? $", instead of {lengths[i]}" : "")}");
            if (entry[24..].ContainsAnyExcept((byte)0)) throw Wrong(path, at + 24, "a number that must be zero");
            expected += section.Length;
        }

        if (expected != fileLength) throw new VectorFileException(path, expected, $"{fileLength - expected} bytes after the last section");
        int rest = header[at..^sizeof(ulong)].IndexOfAnyExcept((byte)0);
        return rest < 0 ? sections : throw Wrong(path, at + rest, "a byte that must be zero");
    }

    /// <summary>The error that a wrong header is.</summary>
    public static VectorFileException Wrong(string path, int at, string problem) => new(path, at, $"section header: {problem}");

    /// <summary>Checks what bytes 8 and 12 of every index file's header say.</summary>
    /// <exception cref="VectorFileException">It is out of range.</exception>
    public static void CheckShape(string path, int dimensions, int metric)
    {
        if (dimensions is < 1 or > FlatIndex.MaxDimensions) throw Wrong(path, 8, $"dimension {dimensions} is outside 1 to {FlatIndex.MaxDimensions}");
        if (metric is < 0 or > (int)MetricKind.SquaredL2) throw Wrong(path, 12, $"metric {metric} is unknown");
    }

    /// <summary>Looks at the bytes between sections.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="map">The file.</param>
    /// <param name="sections">From <see cref="Read"/>.</param>
    /// <param name="headerBytes">Bytes before the first section.</param>
    /// <exception cref="VectorFileException">One is not zero.</exception>
    public static void CheckGaps(string path, MappedFile map, Section[] sections, int headerBytes)
    {
        long end = headerBytes;
        foreach (var section in sections)
        {
            for (; end < section.Offset; end++)
                if (map.Start[end] != 0) throw new VectorFileException(path, end, "a byte between sections that is not zero");
            end += section.Length;
        }
    }

    /// <summary>Compares the checksums of sections, on all cores.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="map">The file.</param>
    /// <param name="sections">From <see cref="Read"/>.</param>
    /// <param name="names">Of the sections.</param>
    /// <param name="wanted">Which of them: a bit each.</param>
    /// <param name="look">Is shown every piece; from several threads, and before it is known whether the checksum is right.</param>
    /// <exception cref="VectorFileException">A section is damaged.</exception>
    public static void Check(string path, MappedFile map, Section[] sections, string[] names, uint wanted, Look? look = null)
    {
        int[] firstPiece = new int[sections.Length + 1];
        for (int i = 0; i < sections.Length; i++)
            firstPiece[i + 1] = checked(firstPiece[i] + (IsWanted(i) ? (int)((sections[i].Length + SectionWriter.PieceBytes - 1) / SectionWriter.PieceBytes) : 0));
        ulong[] hashes = new ulong[firstPiece[^1]];
        Parallel.For(0, hashes.Length, piece =>
        {
            int of = 0;
            while (piece >= firstPiece[of + 1]) of++;
            long from = (piece - firstPiece[of]) * (long)SectionWriter.PieceBytes;
            int bytes = (int)Math.Min(SectionWriter.PieceBytes, sections[of].Length - from);
            byte* start = map.Start + sections[of].Offset + from;
            hashes[piece] = PieceHash.Of(new ReadOnlySpan<byte>(start, bytes));
            look?.Invoke(of, start, bytes);
        });

        for (int i = 0; i < sections.Length; i++)
        {
            if (IsWanted(i) && SectionWriter.HashOf(hashes.AsSpan(firstPiece[i]..firstPiece[i + 1])) != sections[i].Hash)
                throw new VectorFileException(path, sections[i].Offset, $"section {names[i]}: checksum differs, the file is damaged");
        }

        bool IsWanted(int section) => ((wanted >> section) & 1) != 0;
    }
}
