namespace Kindred.Words.Files;

/// <summary>Splits a stream at LF or CRLF; a byte order mark in front is skipped.</summary>
internal sealed class TextLines(string path, Stream stream)
{
    private const int MaxLineBytes = 4 << 20;
    private byte[] _buffer = new byte[1 << 18];
    private int _start, _end, _seen;
    private long _number;
    private bool _ended, _begun;

    /// <summary>The next line, without its end; good until the next call.</summary>
    internal bool Next(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int feed = _buffer.AsSpan(_seen, _end - _seen).IndexOf((byte)'\n');
            if (feed >= 0 || (_ended && _start < _end))
            {
                int stop = feed >= 0 ? _seen + feed : _end;
                line = _buffer.AsSpan(_start, stop - _start);
                _start = _seen = feed >= 0 ? stop + 1 : _end;
                if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
                if (!_begun && line.StartsWith("\uFEFF"u8)) line = line[3..];
                _begun = true;
                _number++;
                return true;
            }
            line = default;
            if (_ended) return false;
            _seen = _end;
            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_end, _seen, _start) = (_end - _start, _seen - _start, 0);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= MaxLineBytes) throw WordVectorFileException.AtLine(path, _number + 1, $"longer than {MaxLineBytes} bytes, so this is no text file of word vectors");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
