using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Kindred.Vectors.Files;

/// <summary>
/// NumPy's .npy format (NEP 1). Written: version 1.0, two-dimensional float32, little-endian, row-major. Read: versions 1 to 3, one or two
/// dimensions of float16, float32 or float64.
/// </summary>
public static partial class NpyFile
{
    private const int LongestHeader = 65536;

    /// <summary>Reads a matrix. Its size is checked against the file's before anything is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; a one-dimensional array is one row. Every component is finite.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong, or the row and the dimension of a NaN or an infinity.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, CancellationToken cancel = default)
    {
        using var file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[12];
        int got = file.ReadAtLeast(head, 12, throwOnEndOfStream: false);
        if (got < 12 || !head[..6].SequenceEqual((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) throw new VectorFileException(path, 0, "no .npy file");
        if (head[6] is < 1 or > 3) throw new VectorFileException(path, 6, $"version {head[6]}; 1 to 3 can be read");
        int start = head[6] == 1 ? 10 : 12;
        long length = head[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (length > LongestHeader || start + length > file.Length) throw new VectorFileException(path, 8, $"a header of {length} bytes");
        file.Position = start;
        byte[] bytes = new byte[length];
        file.ReadExactly(bytes);
        string header = Encoding.Latin1.GetString(bytes);
        string type = Type().Match(header) is { Success: true } t ? t.Groups[1].Value : throw new VectorFileException(path, start, "no descr in the header");
        int size = type switch
        {
            "<f4" => 4,
            "<f8" => 8,
            "<f2" => 2,
            _ => throw new VectorFileException(path, start, $"type {type}; <f2, <f4 and <f8 can be read"),
        };
        if (!RowMajor().IsMatch(header)) throw new VectorFileException(path, start, "not row-major (fortran_order)");
        if (Shape().Match(header) is not { Success: true } shape
            || !long.TryParse(shape.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            || !(shape.Groups[2].Length == 0 || long.TryParse(shape.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new VectorFileException(path, start, "a shape that is not of one or two dimensions");
        var (rows, dimensions) = shape.Groups[2].Length == 0 ? (1, first) : (first, long.Parse(shape.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        if (dimensions is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, start, $"{dimensions} dimensions are outside 1 to {VectorRows.MaxDimensions}");
        if (rows > int.MaxValue || rows * dimensions * size != file.Length - file.Position)
            throw new VectorFileException(path, file.Position, $"{file.Length - file.Position} bytes of data; {rows} × {dimensions} of {type} are other than that");
        return VectorRows.Read(file, path, (int)rows, (int)dimensions, size, gap: 0, cancel);
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([^']{1,20})'", RegexOptions.CultureInvariant)]
    private static partial Regex Type();

    [GeneratedRegex(@"'fortran_order'\s*:\s*False", RegexOptions.CultureInvariant)]
    private static partial Regex RowMajor();

    [GeneratedRegex(@"'shape'\s*:\s*\(\s*(\d{1,12})\s*,\s*(\d{0,12})\s*,?\s*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    /// <summary>Writes a matrix, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="rows">Shape [n, d]: every row of the same length.</param>
    /// <param name="dimensions">d, for a matrix without rows.</param>
    /// <exception cref="ArgumentException">A row has another length.</exception>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<float>> rows, int dimensions)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Count}, {dimensions}), }}");
        header = header.PadRight(((header.Length + 10 + 64) / 64 * 64) - 11) + "\n";   // the data starts on a multiple of 64
        string beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = File.Create(beside))
            {
                file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
                Span<byte> length = stackalloc byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
                file.Write(length);
                file.Write(Encoding.ASCII.GetBytes(header));
                foreach (var row in rows)
                {
                    if (row.Length != dimensions) throw new ArgumentException($"A row has {row.Length} components, not {dimensions}.", nameof(rows));
                    file.Write(MemoryMarshal.AsBytes(row.Span));
                }
            }

            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
