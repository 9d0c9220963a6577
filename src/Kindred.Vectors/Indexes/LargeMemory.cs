using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>Native memory that is read at random places: large pieces ask for large pages, so that few of the jumps miss the table of pages.</summary>
internal static unsafe partial class LargeMemory
{
    private const int CacheLine = 64;
    private const int LargePage = 2 << 20;
    private const int AdviseLargePages = 14;   // MADV_HUGEPAGE

    /// <summary>Takes memory that starts on a cache line; its content is whatever. <see cref="NativeMemory.AlignedFree"/> gives it back.</summary>
    public static byte* Allocate(nuint bytes)
    {
        if (bytes < LargePage) return (byte*)NativeMemory.AlignedAlloc(bytes, CacheLine);
        byte* block = (byte*)NativeMemory.AlignedAlloc(bytes, LargePage);
        if (OperatingSystem.IsLinux()) _ = Advise(block, bytes, AdviseLargePages);   // only advice: a system without large pages does as well
        return block;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint bytes, int advice);
}
