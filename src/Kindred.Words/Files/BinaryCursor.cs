using System.Runtime.InteropServices;

namespace Kindred.Words.Files;

/// <summary>Reads a little-endian file from front to back; whatever is missing is an error that names the byte and the field.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="stream">Its bytes from the start on.</param>
/// <param name="length">How many there are, or null where only reading tells (a packed file).</param>
internal sealed unsafe class BinaryCursor(string path, Stream stream, long? length)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start, _end;

    internal string Path => path;

    internal long Position { get; private set; }

    /// <summary>Which of many is being read, for errors alone: a field "word" is then called "word 7".</summary>
    internal long? Item { get; set; }

    /// <summary>Checks that so many bytes are left, before anything is allocated for them.</summary>
    internal void Need(long count, long size, string field)
    {
        if (length is { } total && (count < 0 || (size > 0 && count > (total - Position) / size)))
            throw Error($"{Name(field)}: {count} of {size} bytes each are due, {total - Position} bytes are left");
    }

    internal T Read<T>(string field)
        where T : unmanaged
    {
        T value;
        Read(new Span<byte>(&value, sizeof(T)), field);
        return value;
    }

    internal void Read(Span<byte> destination, string field)
    {
        long at = Position;
        while (!destination.IsEmpty)
        {
            int read;
            if (_start < _end)
            {
                read = Math.Min(_end - _start, destination.Length);
                _buffer.AsSpan(_start, read).CopyTo(destination);
                _start += read;
            }
            else if (destination.Length >= _buffer.Length)
            {
                read = stream.Read(destination);   // straight to its place
            }
            else
            {
                if (!Fill()) read = 0;
                else continue;
            }
            if (read == 0) throw WordVectorFileException.At(path, at, $"{Name(field)}: the file ends at byte {Position}");
            Position += read;
            destination = destination[read..];
        }
    }

    /// <summary>Fills a matrix's rows; all of them finite and at most 1e18.</summary>
    internal void Read(NativeRows rows, string field)
    {
        long at = Position, left = rows.Count * rows.Dimensions;
        for (float* next = rows.Start; left > 0;)
        {
            var piece = new Span<float>(next, (int)Math.Min(left, 1 << 20));
            Read(MemoryMarshal.AsBytes(piece), field);
            CheckFinite(piece, at, field);
            at += 4L * piece.Length;
            next += piece.Length;
            left -= piece.Length;
        }
    }

    /// <summary>Refuses what is no finite number of at most 1e18.</summary>
    internal void CheckFinite(ReadOnlySpan<float> values, long at, string field)
    {
        for (int i = 0; i < values.Length; i++)
            if (!(Math.Abs(values[i]) <= RowQuantizer.LargestComponent)) throw WordVectorFileException.At(path, at + (4L * i), $"{Name(field)}: not a finite number of at most 1e18");
    }

    /// <summary>The bytes before the next <paramref name="end"/>, which is taken too; good until the next call.</summary>
    internal ReadOnlySpan<byte> ReadTo(byte end, string field)
    {
        int seen = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf(end);
            if (found >= 0)
            {
                var bytes = _buffer.AsSpan(_start, seen + found);
                _start += bytes.Length + 1;
                Position += bytes.Length + 1;
                return bytes;
            }
            seen = _end - _start;
            if (seen == _buffer.Length) throw Error($"{Name(field)}: no end within {seen} bytes");
            if (!Fill()) throw Error($"{Name(field)}: the file ends at byte {Position + seen}");
        }
    }

    /// <summary>The next byte, which stays; -1 at the end.</summary>
    internal int Peek() => _start < _end || Fill() ? _buffer[_start] : -1;

    /// <summary>Passes over bytes whose number has been checked by <see cref="Need"/>.</summary>
    internal void Skip(long bytes)
    {
        Position += bytes;
        int buffered = (int)Math.Min(bytes, _end - _start);
        _start += buffered;
        if (bytes > buffered) stream.Position += bytes - buffered;
    }

    internal WordVectorFileException Error(string what) => WordVectorFileException.At(path, Position, what);

    private string Name(string field) => Item is { } item ? $"{field} {item}" : field;

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_end, _start) = (_end - _start, 0);
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
