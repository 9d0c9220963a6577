using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Files;

/// <summary>The three formats of the TEXMEX data sets, which differ in the component alone: each row an int32 d, then d components, little-endian.</summary>
internal static class VecsRows
{
    private const int Head = sizeof(int);

    /// <summary>Checks the first row's head against the file's length.</summary>
    /// <returns>The shape [rows, d]; [0, 0] for an empty file.</returns>
    public static (long Rows, int Dimensions) Measure<T>(string path, Stream file)
        where T : unmanaged
    {
        if (file.Length == 0) return (0, 0);
        Span<byte> head = stackalloc byte[Head];
        if (file.ReadAtLeast(head, Head, throwOnEndOfStream: false) < Head) throw new VectorFileException(path, 0, "too short for a dimension");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (dimensions is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, 0, $"dimension {dimensions} is outside 1 to {VectorRows.MaxDimensions}");
        long row = RowBytes<T>(dimensions), cut = file.Length % row;
        if (cut != 0) throw new VectorFileException(path, file.Length - cut, $"the last row has {cut} of its {row} bytes");
        return (file.Length / row, dimensions);
    }

    public static (long Rows, int Dimensions) Measure<T>(string path)
        where T : unmanaged
    {
        using var file = Open(path);
        return Measure<T>(path, file);
    }

    public static ReadOnlyMemory<T>[] Read<T>(string path, CancellationToken cancel)
        where T : unmanaged
    {
        using var file = Open(path);
        return Whole<T>(file, path, cancel, finite: true);
    }

    public static ReadOnlyMemory<T>[] Read<T>(string path, long first, int count, CancellationToken cancel)
        where T : unmanaged
    {
        using var file = Open(path);
        var (rows, dimensions) = Measure<T>(path, file);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows - first);
        return Read<T>(file, path, first, count, dimensions, finite: true, cancel);
    }

    /// <summary>All rows of a matrix of floats that is packed by gzip or not.</summary>
    public static IReadOnlyList<ReadOnlyMemory<float>> ReadFloats(string path, CancellationToken cancel, bool finite = true)
    {
        using var file = Open(path);
        return PackedText.Is(file) ? VectorRows.Unpack(file, path, unpacked => Unpacked(unpacked, path, file.Length, finite, cancel)) : Whole<float>(file, path, cancel, finite);
    }

    public static void Write<T>(string path, IReadOnlyList<ReadOnlyMemory<T>> rows)
        where T : unmanaged => AtomicFile.Write(path, file =>
    {
        Span<byte> head = stackalloc byte[Head];
        int dimensions = rows.Count == 0 ? 0 : rows[0].Length;
        if (rows.Count > 0 && dimensions is < 1 or > VectorRows.MaxDimensions) throw new ArgumentException($"A row has {dimensions} components; 1 to {VectorRows.MaxDimensions} can be written.", nameof(rows));
        BinaryPrimitives.WriteInt32LittleEndian(head, dimensions);
        for (int row = 0; row < rows.Count; row++)
        {
            VectorRows.CheckRow(rows[row].Span, row, dimensions);
            file.Write(head);
            file.Write(MemoryMarshal.AsBytes(rows[row].Span));
        }
    });

    private static ReadOnlyMemory<T>[] Read<T>(FileStream file, string path, long first, int count, int dimensions, bool finite, CancellationToken cancel)
        where T : unmanaged
    {
        var all = new ReadOnlyMemory<T>[count];
        Span<byte> head = stackalloc byte[Head];
        long bytes = RowBytes<T>(dimensions);
        file.Position = first * bytes;
        for (int i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            long row = first + i;
            file.ReadExactly(head);
            int said = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (said != dimensions) throw new VectorFileException(path, row * bytes, $"row {row + 1} has dimension {said}, row 1 has {dimensions}");
            var vector = new T[dimensions];
            file.ReadExactly(MemoryMarshal.AsBytes(vector.AsSpan()));
            if (vector is float[] floats) CheckFinite(path, row * bytes, row, finite, floats);
            all[i] = vector;
        }

        return all;
    }

    private static ReadOnlyMemory<T>[] Whole<T>(FileStream file, string path, CancellationToken cancel, bool finite)
        where T : unmanaged
    {
        var (rows, dimensions) = Measure<T>(path, file);
        if (rows > Array.MaxLength) throw new VectorFileException(path, 0, $"{rows} rows are more than can be read at once");
        return Read<T>(file, path, 0, (int)rows, dimensions, finite, cancel);
    }

    /// <summary>The number of rows is not known before the end: they are kept as they come, as many as so many packed bytes may become.</summary>
    private static List<ReadOnlyMemory<float>> Unpacked(Stream file, string path, long packed, bool finite, CancellationToken cancel)
    {
        var all = new List<ReadOnlyMemory<float>>();
        byte[] head = new byte[Head];
        int dimensions = 0;
        for (long at = 0; ; at += RowBytes<float>(dimensions))
        {
            cancel.ThrowIfCancellationRequested();
            int got = file.ReadAtLeast(head, Head, throwOnEndOfStream: false);
            if (got == 0) return all;
            if (got < Head) throw new VectorFileException(path, at, "too short for a dimension");
            int said = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (at == 0 && said is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, 0, $"dimension {said} is outside 1 to {VectorRows.MaxDimensions}");
            if (at == 0) dimensions = said;
            if (said != dimensions) throw new VectorFileException(path, at, $"row {all.Count + 1} has dimension {said}, row 1 has {dimensions}");
            NpzFile.CheckExpansion(path, packed, at + RowBytes<float>(dimensions));
            float[] vector = new float[dimensions];
            var raw = MemoryMarshal.AsBytes(vector.AsSpan());
            got = file.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false);
            if (got < raw.Length) throw new VectorFileException(path, at, $"the last row has {Head + got} of its {RowBytes<float>(dimensions)} bytes");
            CheckFinite(path, at, all.Count, finite, vector);
            all.Add(vector);
        }
    }

    private static void CheckFinite(string path, long at, long row, bool finite, float[] vector)
    {
        if (finite && Metric.IndexOfNonFinite(vector) is var bad and >= 0)
            throw new VectorFileException(path, at + Head + (sizeof(float) * bad), $"row {row + 1}, dimension {bad + 1} is not a finite float32");
    }

    private static unsafe long RowBytes<T>(int dimensions)
        where T : unmanaged => Head + ((long)sizeof(T) * dimensions);

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18);
}
