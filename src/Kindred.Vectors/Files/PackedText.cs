using System.IO.Compression;

namespace Kindred.Vectors.Files;

/// <summary>What a gzip file holds; throws <see cref="InvalidDataException"/> at its end when the file was cut off, which GZipStream passes over. The file stays open.</summary>
/// <remarks>
/// One more gzip member, with a mark in it, is read behind the file: the mark comes out at the end only when the file's own data ended as it should. Zero bytes behind the data, as tapes and blocks
/// of disks leave them, are passed over: what unpacks stops at the first of them, where it goes on to the mark when the data was cut.
/// </remarks>
internal sealed class PackedText(Stream file) : Stream
{
    private readonly MarkedStream _packed = new(file);
    private readonly byte[] _buffer = new byte[1 << 16];
    private GZipStream? _unpacked;
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
        Span<byte> start = stackalloc byte[3];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position -= read;
        return Is(start[..read]);
    }

    /// <inheritdoc cref="Is(FileStream)"/>
    internal static bool Is(ReadOnlySpan<byte> start) => start is [0x1F, 0x8B, 8, ..];

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        // the last bytes may be the mark, and are held back
        while (!_ended && _end - _start <= Mark.Length) Fill();
        int ready = Math.Min(buffer.Length, _end - _start - (_ended && _packed.EndedInZeros ? 0 : Mark.Length));
        if (_ended && ready <= 0 && !_packed.EndedInZeros && !_buffer.AsSpan(_start, _end - _start).SequenceEqual(Mark)) throw new InvalidDataException("it does not end as gzip data should");
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
        if (disposing) _unpacked?.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        _unpacked ??= new GZipStream(_packed, CompressionMode.Decompress);
        int read = _unpacked.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }

    /// <summary>A gzip file and one more gzip member, that holds the mark. Zeros at the end of the file are given one by one.</summary>
    private sealed class MarkedStream(Stream file) : Stream
    {
        private readonly MemoryStream _member = Pack();
        private readonly byte[] _block = new byte[1 << 14];
        private int _start, _end;
        private long _zeros;   // read but not given yet, before what stands in the block
        private int _after;   // zeros behind what stands in the block
        private bool _ended, _gaveZero, _gaveMark;

        /// <summary>Whether nothing but zeros was left when no more was asked for.</summary>
        public bool EndedInZeros => _gaveZero && !_gaveMark;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            while (_start == _end && !_ended) Next();
            if (_ended && _zeros == 0)
            {
                _gaveMark = true;
                return _member.Read(buffer);
            }

            int count;
            if (_zeros > 0)
            {
                _gaveZero = _ended;
                count = _ended ? 1 : (int)Math.Min(buffer.Length, _zeros);
                buffer[..count].Clear();
                _zeros -= count;
                return count;
            }

            count = Math.Min(buffer.Length, _end - _start);
            _block.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            if (_start == _end) (_zeros, _after) = (_after, 0);
            return count;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <summary>Reads on; zeros at the end of a block wait until it is known what follows them.</summary>
        private void Next()
        {
            int read = file.Read(_block);
            _ended = read == 0;
            (_start, _end) = (0, _block.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1);
            if (_end == 0) _zeros += read;
            else _after = read - _end;
        }

        private static MemoryStream Pack()
        {
            var member = new MemoryStream();
            using (var gzip = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Mark);
            member.Position = 0;
            return member;
        }
    }
}
