using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>The memory that the lists of an index share until they change: allocated at once, in large pages where Linux has them, or a file's.</summary>
internal sealed unsafe partial class IvfMemory : IDisposable
{
    private const int Alignment = 64;

    private const int LargePage = 2 << 20;

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;

    /// <summary>Allocates.</summary>
    public IvfMemory(long bytes)
    {
        Bytes = bytes;
        bool large = bytes >= LargePage;
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), large ? (nuint)LargePage : Alignment);
        if (large) Advise(Start, bytes, Advice.HugePage);
    }

    /// <summary>Maps a file of at least one byte, to be read.</summary>
    public IvfMemory(FileStream file)
    {
        Bytes = file.Length;
        _file = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    /// <summary>What madvise(2) can be told.</summary>
    private enum Advice
    {
        Random = 1,
        HugePage = 14,
    }

    public byte* Start { get; private set; }

    public long Bytes { get; }

    /// <summary>Whether it is a file's, which must not be written to.</summary>
    public bool IsMapped => _file is not null;

    /// <summary>Tells the system that a part will be read in no order, so that it fetches no neighbours.</summary>
    public void ReadAtRandom(long from)
    {
        // the advice is for whole pages
        long page = (from + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        if (page < Bytes) Advise(Start + page, Bytes - page, Advice.Random);
    }

    public void Dispose()
    {
        if (Start is null) return;
        if (_view is not null) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        else NativeMemory.AlignedFree(Start);
        Start = null;
        _view?.Dispose();
        _file?.Dispose();
    }

    // advice that is not taken changes nothing but the time
    private static void Advise(byte* start, long bytes, Advice advice)
    {
        if (OperatingSystem.IsLinux()) _ = Advise(start, (nuint)bytes, (int)advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint bytes, int advice);
}
