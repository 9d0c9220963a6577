using System.Text;
using System.Text.Unicode;
using Kindred.Vectors.Files;

namespace Kindred.Store.Reading;

/// <summary>Lines from a stream, one at a time: unpacks gzip, knows UTF-8 and UTF-16 with byte order marks, and bounds the length of a line.</summary>
internal sealed class LineReader : IDisposable
{
    private const int MaxLine = DelimitedText.MaxRow;

    private readonly Stream _source;
    private Stream _stream;
    private readonly string _name;
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private long _number;
    private bool _ended, _packed;

    public LineReader(Stream stream, string name)
    {
        (_name, _source, _stream) = (name, stream, stream);
        try
        {
            Guard(Begin);
        }
        catch
        {
            Dispose();
            throw;
        }

        bool Begin()
        {
            Fill(4);
            if (_buffer.AsSpan(_start, _end - _start) is [0x1F, 0x8B, ..])
            {
                _packed = true;
                _stream = Unpacked(_stream);
                Fill(1024);   // enough to tell a text from what is none
            }
            switch (_buffer.AsSpan(_start, _end - _start))
            {
                case [0xEF, 0xBB, 0xBF, ..]:
                    _start += 3;
                    break;
                case [0xFF, 0xFE, ..]:
                    _start += 2;
                    _stream = Transcoded(_stream, Encoding.Unicode);
                    break;
                case [0xFE, 0xFF, ..]:
                    _start += 2;
                    _stream = Transcoded(_stream, Encoding.BigEndianUnicode);
                    break;
                default:
                    // of a stream no more than has come: its first row must not wait for a second one
                    if (TextDecoder.WideWithoutMark(_buffer.AsSpan(_start, (_end - _start) & ~1)) is { } wide) _stream = Transcoded(_stream, wide);
                    else if (TextDecoder.IsBinary(_buffer.AsSpan(_start, _end - _start))) throw new UnreadableDocumentException(name, "binary, not text");
                    break;
            }
            return true;
        }
    }

    /// <summary>How many lines were not UTF-8.</summary>
    public long NotUtf8 { get; private set; }

    /// <summary>The next line, or null at the end.</summary>
    /// <exception cref="UnreadableDocumentException">The line is too long, or the stream is damaged.</exception>
    public TextLine? Next()
    {
        int searched = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOfAny((byte)'\n', (byte)'\r');
            int length = at < 0 ? _end - _start : searched + at;
            // a carriage return at the end of what is here may have its line feed in what comes next
            bool undecided = at >= 0 && _buffer[_start + length] == '\r' && _start + length + 1 == _end && !_ended;
            if (at < 0 || undecided)
            {
                searched = length;
                if (length > MaxLine) throw new UnreadableDocumentException(_name, FormattableString.Invariant($"line {_number + 1}: longer than {MaxLine >> 20} MB"), _number + 1);
                if (Guard(() => Fill(_end - _start + 1))) continue;
                if (at < 0 && length == 0) return null;
            }
            string lineBreak = at < 0 ? "" : _buffer[_start + length] == '\n' ? "\n" : _start + length + 1 < _end && _buffer[_start + length + 1] == '\n' ? "\r\n" : "\r";
            var bytes = _buffer.AsSpan(_start, length);
            string text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Latin1(bytes);
            if (text.Contains('\0', StringComparison.Ordinal)) text = text.Replace('\0', ' ');
            _start += length + lineBreak.Length;
            return new TextLine(text.AsMemory(), lineBreak, ++_number);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _source.Dispose();
    }

    private string Latin1(ReadOnlySpan<byte> bytes)
    {
        NotUtf8++;
        return TextDecoder.Latin1(bytes);
    }

    /// <summary>Reads until so many bytes are at hand; false when the stream ended before.</summary>
    private bool Fill(int wanted)
    {
        if (_start > 0 && _start + wanted > _buffer.Length)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }
        if (wanted > _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        while (_end - _start < wanted)
        {
            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                _ended = true;
                return false;
            }
            _end += read;
        }
        return true;
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            string what = _packed && e is InvalidDataException ? FormattableString.Invariant($"its gzip data is cut off or damaged after line {_number}: copy or pack it again") : FormattableString.Invariant($"damaged after line {_number}: {DocumentFolder.Why(e)}");
            throw new UnreadableDocumentException(_name, what, _number, e);
        }
    }

    private PackedText Unpacked(Stream packed) => new(Whole(packed));

    private Stream Transcoded(Stream wide, Encoding encoding) => Encoding.CreateTranscodingStream(Whole(wide), encoding, Encoding.UTF8);

    /// <summary>The stream with what has already been taken from it in front.</summary>
    private Prefixed Whole(Stream rest)
    {
        var whole = new Prefixed(_buffer[_start.._end], rest);
        (_start, _end, _ended) = (0, 0, false);
        return whole;
    }

    private sealed class Prefixed(byte[] prefix, Stream rest) : Stream
    {
        private int _at;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (_at == prefix.Length) return rest.Read(buffer);
            int count = Math.Min(buffer.Length, prefix.Length - _at);
            prefix.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() { }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
