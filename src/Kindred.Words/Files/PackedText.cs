using System.IO.Compression;

namespace Kindred.Words.Files;

/// <summary>What a gzip file holds; throws <see cref="InvalidDataException"/> at its end when the file was cut off, which GZipStream passes over.</summary>
internal sealed class PackedText(FileStream file) : Stream
{
    private readonly GZipStream _unpacked = new(new MarkedStream(file), CompressionMode.Decompress);
    private readonly byte[] _held = new byte[End.Length];   // the last bytes, which may be the mark
    private int _count;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    private static byte[] End { get; } = [(byte)'\n', .. MarkedStream.Mark];

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        byte[] fresh = new byte[buffer.Length];
        while (true)
        {
            int read = _unpacked.Read(fresh);
            if (read == 0) return _held.AsSpan(0, _count).SequenceEqual(End) ? 0 : throw new InvalidDataException("it does not end as gzip data should");
            int ready = Math.Max(0, _count + read - End.Length), old = Math.Min(ready, _count);
            _held.AsSpan(0, old).CopyTo(buffer);
            fresh.AsSpan(0, ready - old).CopyTo(buffer[old..]);
            _held.AsSpan(old, _count - old).CopyTo(_held);
            fresh.AsSpan(ready - old, read - ready + old).CopyTo(_held.AsSpan(_count - old));
            _count += read - ready;
            if (ready > 0) return ready;
        }
    }

    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _unpacked.Dispose();
        base.Dispose(disposing);
    }
}
