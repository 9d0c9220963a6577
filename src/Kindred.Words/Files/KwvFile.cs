using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kindred.Words.Files;

/// <summary>A .kwv file mapped into memory, checked from end to end. See docs/formats/kwv.md.</summary>
internal sealed unsafe class KwvFile
{
    private KwvFile(KwvHeader header, SafeMemoryMappedViewHandle view, float* scales, sbyte* rows, Vocabulary words)
    {
        Header = header;
        View = view;
        Scales = scales;
        Rows = rows;
        Words = words;
    }

    internal KwvHeader Header { get; }

    /// <summary>Holds the mapping; the pointers below are good while it is open.</summary>
    internal SafeMemoryMappedViewHandle View { get; }

    internal float* Scales { get; }

    internal sbyte* Rows { get; }

    internal Vocabulary Words { get; }

    /// <summary>Maps a file and checks its header, both checksums, and every number that later leads to an address.</summary>
    /// <exception cref="WordVectorFileException">Names the byte and the field that is wrong.</exception>
    internal static KwvFile Open(string path, FileStream file)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException(".kwv files are mapped as they are, little-endian.");
        long length = file.Length;
        Span<byte> head = stackalloc byte[KwvHeader.Length];
        file.Position = 0;
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var header = KwvHeader.Read(path, head[..read], length);

        using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        // not disposed of here: its handle holds the mapping, and goes with WordVectors
        var accessor = mapped.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        var view = accessor.SafeMemoryMappedViewHandle;
        try
        {
            return Check(path, header, view, (byte*)view.DangerousGetHandle() + accessor.PointerOffset);
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    private static KwvFile Check(string path, in KwvHeader header, SafeMemoryMappedViewHandle view, byte* start)
    {
        if (HashBody(start, header.FileLength) != header.BodyHash)
            throw WordVectorFileException.At(path, KwvHeader.Length, "body checksum: the file was damaged");
        float* scales = (float*)(start + header.Scales);
        for (int i = 0; i < header.Count; i++)
            if (!(scales[i] >= 0 && scales[i] <= float.MaxValue))
                throw WordVectorFileException.At(path, header.Scales + (4L * i), $"scale {i}: not a finite number of zero or more");
        uint* offsets = (uint*)(start + header.WordOffsets), table = (uint*)(start + header.Table);
        byte* bytes = start + header.Words;
        Vocabulary.Check(path, header, new(bytes, (int)header.WordBytes), new(offsets, header.Count + 1), new(table, header.Slots));
        var words = new Vocabulary(bytes, header.WordBytes, offsets, header.Count, table, header.Slots, view);
        return new KwvFile(header, view, scales, (sbyte*)(start + header.Rows), words);
    }

    /// <summary>Writes a file beside <paramref name="path"/>, then gives it that name.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="name">Name of the vectors; what passes 80 bytes is cut.</param>
    /// <param name="words">The words.</param>
    /// <param name="dimensions">Length of a row.</param>
    /// <param name="row">Fills in the row of an index and returns its scale; asked twice for each, in order.</param>
    internal static void Write(string path, string name, Vocabulary words, int dimensions, RowSource row)
    {
        string beside = $"{path}.{Path.GetRandomFileName()}.part";
        try
        {
            using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                var layout = KwvHeader.Lay(words.Count, dimensions, words.ByteCount, "");
                var hash = new XxHash128();
                byte[] buffer = new byte[dimensions];
                var quantized = MemoryMarshal.Cast<byte, sbyte>(buffer.AsSpan());
                file.Write(stackalloc byte[KwvHeader.Length]);
                for (int i = 0; i < words.Count; i++)
                {
                    float scale = row(i, quantized);
                    Append(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in scale)));
                }
                PadTo(layout.Rows);
                for (int i = 0; i < words.Count; i++)
                {
                    row(i, quantized);
                    Append(buffer);
                }
                PadTo(layout.WordOffsets);
                Append(MemoryMarshal.AsBytes(words.Offsets));
                PadTo(layout.Words);
                Append(words.AllBytes);
                PadTo(layout.Table);
                Append(MemoryMarshal.AsBytes(words.Table));

                Span<byte> head = stackalloc byte[KwvHeader.Length];
                KwvHeader.Lay(words.Count, dimensions, words.ByteCount, Cut(name), hash.GetCurrentHashAsUInt128()).WriteTo(head);
                file.Position = 0;
                file.Write(head);
                file.Flush(flushToDisk: true);

                void Append(ReadOnlySpan<byte> bytes)
                {
                    hash.Append(bytes);
                    file.Write(bytes);
                }

                void PadTo(long offset)
                {
                    Span<byte> zeros = stackalloc byte[64];
                    zeros.Clear();
                    Append(zeros[..(int)(offset - file.Position)]);
                }
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Fills a row and returns its scale.</summary>
    internal delegate float RowSource(int index, Span<sbyte> row);

    private static UInt128 HashBody(byte* start, long length)
    {
        var hash = new XxHash128();
        // a span holds 2 GiB at most
        for (long at = KwvHeader.Length; at < length; at += 1 << 30)
            hash.Append(new ReadOnlySpan<byte>(start + at, (int)Math.Min(1 << 30, length - at)));
        return hash.GetCurrentHashAsUInt128();
    }

    private static string Cut(string name)
    {
        int bytes = 0, length = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value == 0 || bytes + rune.Utf8SequenceLength > KwvHeader.MaxNameBytes) break;
            bytes += rune.Utf8SequenceLength;
            length += rune.Utf16SequenceLength;
        }
        return name[..length];
    }
}
