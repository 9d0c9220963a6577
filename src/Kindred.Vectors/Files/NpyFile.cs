using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Kindred.Vectors.Files;

/// <summary>
/// NumPy's .npy format (NEP 1). Written: version 1.0, two-dimensional float32, little-endian, row-major. Read: versions 1 to 3, one or two
/// dimensions of float16, float32, float64, int8, uint8 or int16.
/// </summary>
public static partial class NpyFile
{
    private const int LongestHeader = 65536;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a matrix, packed by gzip or not. Its size is checked before anything is kept: against the file's, of a packed one against what so many bytes can hold.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; a one-dimensional array is one row. Every component is finite.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong, or the row and the dimension of a NaN or an infinity.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, CancellationToken cancel = default)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18);
        return Read(file, path, cancel, finite: true);
    }

    /// <summary>As <see cref="Read(string, CancellationToken)"/>, for a caller that looks for himself which rows he can use: components may be NaN or infinite.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; a one-dimensional array is one row.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> ReadUnchecked(string path, CancellationToken cancel = default)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18);
        return Read(file, path, cancel, finite: false);
    }

    /// <summary>Writes a matrix, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="rows">Shape [n, d]: every row of the same length.</param>
    /// <param name="dimensions">d, for a matrix without rows.</param>
    /// <exception cref="ArgumentException">A row has another length or a component that is not finite.</exception>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<float>> rows, int dimensions) => AtomicFile.Write(path, file => Write(file, rows, dimensions));

    /// <param name="file">Stands at the first byte; need not seek.</param>
    /// <param name="path">For errors.</param>
    /// <param name="length">How many bytes there are; null for what is packed, whose end is looked for.</param>
    /// <param name="hash">Receives every byte; null when nobody asks.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <param name="finite">Whether each number must be finite.</param>
    /// <param name="packed">How many bytes a packed file has.</param>
    internal static IReadOnlyList<ReadOnlyMemory<float>> Read(Stream file, string path, long? length, Crc32? hash, CancellationToken cancel, bool finite = true, long packed = 0)
    {
        Span<byte> head = stackalloc byte[12];
        int got = file.ReadAtLeast(head[..10], 10, throwOnEndOfStream: false);
        if (got < 10 || !head[..6].SequenceEqual(Magic)) throw new VectorFileException(path, 0, "no .npy file");
        if (head[6] is < 1 or > 3) throw new VectorFileException(path, 6, $"version {head[6]}; 1 to 3 can be read");
        int start = head[6] == 1 ? 10 : 12;
        if (start == 12 && file.ReadAtLeast(head[10..], 2, throwOnEndOfStream: false) < 2) throw new VectorFileException(path, 8, "too short for a header");
        long text = start == 10 ? BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (text > LongestHeader || (length is { } whole && start + text > whole)) throw new VectorFileException(path, 8, $"a header of {text} bytes");
        byte[] bytes = new byte[text];
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new VectorFileException(path, start, "the header is cut");
        hash?.Append(head[..start]);
        hash?.Append(bytes);
        var (rows, dimensions, type) = Parse(Encoding.Latin1.GetString(bytes), path, start);
        long offset = start + text;
        long size = rows * dimensions * VectorRows.SizeOf(type);
        if (length is { } there && size != there - offset) throw new VectorFileException(path, offset, $"{there - offset} bytes of data; {rows} × {dimensions} of {type} are other than that");
        if (rows > Array.MaxLength) throw new VectorFileException(path, start, $"{rows} rows are more than {Array.MaxLength}");
        if (length is null) NpzFile.CheckExpansion(path, packed, offset + size);
        var all = VectorRows.Read(file, path, offset, (int)rows, dimensions, type, hash, cancel, finite);
        return length is not null || file.ReadByte() < 0 ? all : throw new VectorFileException(path, offset + size, $"there is more behind {rows} × {dimensions} of {type}");
    }

    private static IReadOnlyList<ReadOnlyMemory<float>> Read(FileStream file, string path, CancellationToken cancel, bool finite) => PackedText.Is(file)
        ? VectorRows.Unpack(file, path, unpacked => Read(unpacked, path, null, null, cancel, finite, file.Length))
        : Read(file, path, file.Length, null, cancel, finite);

    internal static void Write(Stream file, IReadOnlyList<ReadOnlyMemory<float>> rows, int dimensions)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Count}, {dimensions}), }}");
        header = header.PadRight(((header.Length + 10 + 64) / 64 * 64) - 11) + "\n";   // the data starts on a multiple of 64
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        file.Write([.. Magic, 1, 0]);
        file.Write(length);
        file.Write(Encoding.ASCII.GetBytes(header));
        for (int row = 0; row < rows.Count; row++)
        {
            VectorRows.CheckRow(rows[row].Span, row, dimensions);
            file.Write(MemoryMarshal.AsBytes(rows[row].Span));
        }
    }

    private static (long Rows, int Dimensions, string Type) Parse(string header, string path, int start)
    {
        string type = Type().Match(header) is { Success: true } t ? t.Groups[1].Value : throw new VectorFileException(path, start, "no descr in the header");
        if (VectorRows.SizeOf(type) == 0) throw new VectorFileException(path, start, $"type {type}; <f2, <f4, <f8, |i1, |u1 and <i2 can be read");
        if (!RowMajor().IsMatch(header)) throw new VectorFileException(path, start, "not row-major (fortran_order)");
        if (Shape().Match(header) is not { Success: true } shape) throw new VectorFileException(path, start, "a shape that is not of one or two dimensions");
        long first = long.Parse(shape.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var (rows, dimensions) = shape.Groups[2].Length == 0 ? (1, first) : (first, long.Parse(shape.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        if (dimensions is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, start, $"{dimensions} dimensions are outside 1 to {VectorRows.MaxDimensions}");
        return (rows, (int)dimensions, type);
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([^']{1,20})'", RegexOptions.CultureInvariant)]
    private static partial Regex Type();

    [GeneratedRegex(@"'fortran_order'\s*:\s*False", RegexOptions.CultureInvariant)]
    private static partial Regex RowMajor();

    [GeneratedRegex(@"'shape'\s*:\s*\(\s*([0-9]{1,12})\s*,\s*([0-9]{0,12})\s*,?\s*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
