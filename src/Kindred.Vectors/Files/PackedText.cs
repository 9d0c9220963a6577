using System.IO.Compression;

namespace Kindred.Vectors.Files;

/// <summary>What a gzip file holds; throws <see cref="InvalidDataException"/> at its end when the file was cut off, which GZipStream passes over. The file stays open.</summary>
/// <remarks>One more gzip member, with a mark in it, is read behind the file: the mark comes out at the end only when the file's own data ended as it should.</remarks>
internal sealed class PackedText(Stream file) : Stream
{
    private readonly GZipStream _unpacked = new(new MarkedStream(file), CompressionMode.Decompress);
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _ended;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    private static ReadOnlySpan<byte> Mark => "\0end of the packed file\0"u8;

    /// <summary>Whether a file begins as gzip data does; what was read of it is put back.</summary>
    internal static bool Is(FileStream file)
    {
        Span<byte> start = stackalloc byte[2];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position -= read;
        return Is(start[..read]);
    }

    /// <inheritdoc cref="Is(FileStream)"/>
    internal static bool Is(ReadOnlySpan<byte> start) => start is [0x1F, 0x8B, ..];

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        // the last bytes may be the mark, and are held back
        while (!_ended && _end - _start <= Mark.Length) Fill();
        int ready = Math.Min(buffer.Length, _end - _start - Mark.Length);
        if (_ended && ready <= 0 && !_buffer.AsSpan(_start, _end - _start).SequenceEqual(Mark)) throw new InvalidDataException("it does not end as gzip data should");
        if (ready <= 0) return 0;
        _buffer.AsSpan(_start, ready).CopyTo(buffer);
        _start += ready;
        return ready;
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

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int read = _unpacked.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }

    /// <summary>A gzip file and one more gzip member, that holds the mark.</summary>
    private sealed class MarkedStream(Stream file) : Stream
    {
        private readonly MemoryStream _member = Pack();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override int Read(Span<byte> buffer) => file.Read(buffer) is > 0 and var read ? read : _member.Read(buffer);
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static MemoryStream Pack()
        {
            var member = new MemoryStream();
            using (var gzip = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Mark);
            member.Position = 0;
            return member;
        }
    }
}
