using System.IO.MemoryMappedFiles;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Indexes;

/// <summary>The memory that the lists of an index share until they change: a block of its own, or a file's.</summary>
internal sealed unsafe class IvfMemory : IDisposable
{
    private readonly MappedFile? _file;

    /// <summary>Allocates.</summary>
    public IvfMemory(long bytes)
    {
        Bytes = bytes;
        Start = (byte*)NativeBlock.Allocate((nuint)Math.Max(bytes, 1));
    }

    /// <summary>Maps a file of at least one byte, to be read: a set larger than memory has no room for copies.</summary>
    public IvfMemory(FileStream file)
    {
        _file = new MappedFile(file, MemoryMappedFileAccess.Read);
        Bytes = _file.Length;
        Start = _file.Start;
    }

    public byte* Start { get; private set; }

    public long Bytes { get; }

    /// <summary>Whether it is a file's, which must not be written to.</summary>
    public bool IsMapped => _file is not null;

    /// <summary>Tells the system that a part will be read in no order.</summary>
    public void ReadAtRandom(long from)
    {
        // the advice is for whole pages
        long page = IvfLayout.Aligned(from, Environment.SystemPageSize);
        if (page < Bytes) NativeBlock.ReadAtRandom(Start + page, (nuint)(Bytes - page));
    }

    public void Dispose()
    {
        if (_file is not null) _file.Dispose();
        else NativeBlock.Free(Start);
        Start = null;
    }
}
