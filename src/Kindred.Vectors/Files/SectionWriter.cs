using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Files;

/// <summary>Writes the sections of an index file one behind the other, each from a multiple of 64 bytes on, and hashes them piece by piece: docs/format.md.</summary>
internal sealed class SectionWriter(Stream file)
{
    /// <summary>Pieces of a section that are hashed by themselves, so that all cores share the work and a piece is still in the cache for the next check.</summary>
    public const int PieceBytes = 1 << 18;

    public const int Alignment = 64;

    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly List<ulong> _hashes = [];
    private long _offset;
    private int _held;

    /// <summary>The hash of a section whose pieces have these hashes.</summary>
    public static ulong HashOf(ReadOnlySpan<ulong> pieces) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(pieces));

    /// <summary>The hash of a section that stands in memory.</summary>
    public static unsafe ulong HashOf(byte* section, long length)
    {
        var hash = new XxHash3();
        for (long at = 0; at < length; at += PieceBytes)
        {
            ulong piece = PieceHash.Of(new ReadOnlySpan<byte>(section + at, (int)Math.Min(PieceBytes, length - at)));
            hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(ref piece)));
        }

        return hash.GetCurrentHashAsUInt64();
    }

    public void Begin()
    {
        int rest = (int)(-file.Position & (Alignment - 1));
        file.Write(new byte[rest]);
        _offset = file.Position;
        _hashes.Clear();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int some = Math.Min(bytes.Length, PieceBytes - _held);
            bytes[..some].CopyTo(_piece.AsSpan(_held));
            bytes = bytes[some..];
            _held += some;
            if (_held == PieceBytes) Flush();
        }
    }

    /// <summary>Ends the section.</summary>
    public Section End()
    {
        if (_held > 0) Flush();
        return new Section(_offset, file.Position - _offset, HashOf(CollectionsMarshal.AsSpan(_hashes)));
    }

    private void Flush()
    {
        var piece = _piece.AsSpan(0, _held);
        _hashes.Add(PieceHash.Of(piece));
        file.Write(piece);
        _held = 0;
    }
}
