using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>Rows of numbers as .npy and index files hold them: little-endian, one behind the other.</summary>
internal static class VectorRows
{
    public const int MaxDimensions = Indexes.FlatIndex.MaxDimensions;

    /// <summary>Rows for which a place is kept before they came.</summary>
    private const int FirstRows = 1 << 16;

    /// <param name="file">Stands at the first row.</param>
    /// <param name="path">For errors.</param>
    /// <param name="offset">Where the first row stands, for errors.</param>
    /// <param name="rows">How many.</param>
    /// <param name="dimensions">Components of each.</param>
    /// <param name="type">Of a component, as NumPy writes it.</param>
    /// <param name="hash">Receives every byte; null when nobody asks.</param>
    /// <param name="cancel">Stops between two rows.</param>
    /// <param name="finite">Whether each number must be finite.</param>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(Stream file, string path, long offset, int rows, int dimensions, string type, Crc32? hash, CancellationToken cancel, bool finite = true)
    {
        // grows as rows arrive: a compressed stream may promise more than it holds
        var all = new List<ReadOnlyMemory<float>>(Math.Min(rows, FirstRows));
        int size = SizeOf(type);
        byte[] bytes = type == "<f4" ? [] : new byte[dimensions * size];
        for (int row = 0; row < rows; row++, offset += (long)dimensions * size)
        {
            cancel.ThrowIfCancellationRequested();
            float[] vector = new float[dimensions];
            var raw = type == "<f4" ? MemoryMarshal.AsBytes(vector.AsSpan()) : bytes;
            int got = file.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false);
            if (got < raw.Length) throw new VectorFileException(path, offset + got, $"the data ends in row {row + 1} of {rows}");
            hash?.Append(raw);
            if (type != "<f4")
                for (int d = 0; d < dimensions; d++) vector[d] = Number(raw[(d * size)..], type);
            if (finite && Metric.IndexOfNonFinite(vector) is var bad and >= 0)
                throw new VectorFileException(path, offset + ((long)bad * size), $"row {row + 1}, dimension {bad + 1} is not a finite float32");
            all.Add(vector);
        }

        return all;
    }

    /// <summary>Reads what a packed file holds.</summary>
    /// <exception cref="VectorFileException">The gzip data is cut off or damaged, or holds more than it should.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Unpack(FileStream file, string path, Func<Stream, IReadOnlyList<ReadOnlyMemory<float>>> read)
    {
        try
        {
            using var unpacked = new PackedText(file);
            return read(unpacked);
        }
        catch (InvalidDataException e)
        {
            throw new VectorFileException(path, file.Position, $"the gzip data is cut off or damaged ({e.Message}): copy or pack it again");
        }
    }

    /// <summary>Bytes of a component; 0 for a type that cannot be read.</summary>
    public static int SizeOf(string type) => type switch
    {
        "<f8" => 8,
        "<f4" => 4,
        "<f2" or "<i2" => 2,
        "|i1" or "|u1" => 1,
        _ => 0,
    };

    /// <exception cref="ArgumentException">The row is not of the length, or a float is not finite.</exception>
    public static void CheckRow<T>(ReadOnlySpan<T> row, int index, int dimensions)
        where T : unmanaged
    {
        if (row.Length != dimensions) throw new ArgumentException($"Row {index} has {row.Length} components, not {dimensions}.", "rows");
        if (typeof(T) == typeof(float) && Metric.IndexOfNonFinite(MemoryMarshal.Cast<T, float>(row)) is var bad and >= 0)
            throw new ArgumentException($"Component {bad} of row {index} is {row[bad]}: not a finite number.", "rows");
    }

    private static float Number(ReadOnlySpan<byte> at, string type) => type switch
    {
        "<f8" => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
        "<f2" => (float)BinaryPrimitives.ReadHalfLittleEndian(at),
        "<i2" => BinaryPrimitives.ReadInt16LittleEndian(at),
        "|i1" => (sbyte)at[0],
        _ => at[0],
    };
}
