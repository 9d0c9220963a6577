using System.IO.Compression;

namespace Kindred.Words.Files;

/// <summary>A gzip file and one more gzip member, that holds a line end and the mark.</summary>
/// <remarks>GZipStream takes a file that was cut off for a whole one. The mark comes out at the end only when the file's own data ended as it should.</remarks>
internal sealed class MarkedStream(FileStream file) : Stream
{
    /// <summary>What the unpacked data ends with, after a line end.</summary>
    internal static ReadOnlySpan<byte> Mark => "\0end of the packed file\0"u8;

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
        using (var gzip = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.WriteByte((byte)'\n');
            gzip.Write(Mark);
        }
        member.Position = 0;
        return member;
    }
}
