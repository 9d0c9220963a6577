using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Files;

/// <summary>Reads an index file field by field; nothing is allocated for bytes that the file does not have.</summary>
internal sealed class IndexCursor(string path, FileStream file, CancellationToken cancel) : IDisposable
{
    public string Path => path;

    /// <summary>The byte that is read next.</summary>
    public long Position { get; private set; }

    public long Remaining => file.Length - Position;

    public static IndexCursor Open(string path, CancellationToken cancel) => new(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18), cancel);

    public void Dispose() => file.Dispose();

    /// <summary>An error that stands so many bytes before the next one.</summary>
    public VectorFileException Wrong(long before, string problem) => new(path, Position - before, problem);

    public void Bytes(Span<byte> into, string field)
    {
        cancel.ThrowIfCancellationRequested();
        if (Remaining < into.Length) throw new VectorFileException(path, Position, $"the file ends before {field}");
        file.ReadExactly(into);
        Position += into.Length;
    }

    public byte Byte(string field)
    {
        Span<byte> bytes = stackalloc byte[1];
        Bytes(bytes, field);
        return bytes[0];
    }

    public int Int32(string field)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Bytes(bytes, field);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long Int64(string field)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Bytes(bytes, field);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Reads an int64 that must lie between two bounds.</summary>
    public long Int64(string field, long least, long most)
    {
        long value = Int64(field);
        return value >= least && value <= most ? value : throw Wrong(sizeof(long), $"{field} {value} is outside {least} to {most}");
    }

    /// <summary>Reads how many elements of so many bytes follow, and makes sure that they can.</summary>
    public int Count(string field, long size)
    {
        long count = Int64(field);
        if (count < 0 || count > Remaining / size) throw Wrong(sizeof(long), $"{field}: {(ulong)count} elements of {size} bytes, and {Remaining} bytes are left");
        return count <= Array.MaxLength ? (int)count : throw Wrong(sizeof(long), $"{field}: {count} elements are more than can be read");
    }

    /// <summary>Reads a counted array, as FAISS writes a std::vector.</summary>
    public unsafe T[] Vector<T>(string field)
        where T : unmanaged => Values<T>(Count($"count of {field}", sizeof(T)), field);

    public unsafe T[] Values<T>(int count, string field)
        where T : unmanaged
    {
        if ((long)count * sizeof(T) > Remaining) throw new VectorFileException(path, Position, $"the file ends before {count} {field}");
        var all = new T[count];
        // in parts, for a span of bytes is no longer than 2^31
        for (int at = 0; at < count; at += 1 << 20)
            Bytes(MemoryMarshal.AsBytes(all.AsSpan(at, Math.Min(1 << 20, count - at))), field);
        return all;
    }

    /// <summary>Reads rows of float32 whose bytes have been counted.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Rows(int rows, int dimensions)
    {
        if ((long)rows * dimensions * sizeof(float) > Remaining) throw new VectorFileException(path, Position, $"the file ends before {rows} rows of {dimensions}");
        var all = VectorRows.Read(file, path, Position, rows, dimensions, "<f4", null, cancel);
        Position += (long)rows * dimensions * sizeof(float);
        return all;
    }

    public void End()
    {
        if (Remaining > 0) throw new VectorFileException(path, Position, $"{Remaining} bytes after the end of the index");
    }
}
