using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>Memory outside the collector's, for tables that are read at random: on Linux in pages of 2 MiB where the system grants them, which
/// spares most of the walks through page tables.</summary>
internal static unsafe partial class NativeBlock
{
    private const nuint HugePage = 2 << 20;

    /// <summary>What madvise(2) can be told.</summary>
    private enum Advice
    {
        Random = 1,
        HugePage = 14,
    }

    /// <summary>Takes memory; what it holds is undefined.</summary>
    public static void* Allocate(nuint bytes)
    {
        if (bytes < HugePage) return NativeMemory.AlignedAlloc(bytes, 64);
        void* block = NativeMemory.AlignedAlloc(bytes, HugePage);
        Advise(block, bytes, Advice.HugePage);
        return block;
    }

    public static void Free(void* block) => NativeMemory.AlignedFree(block);

    /// <summary>Tells the system that memory will be read in no order, so that it fetches no neighbours from a file.</summary>
    /// <param name="start">Where a page starts.</param>
    /// <param name="bytes">How much.</param>
    public static void ReadAtRandom(void* start, nuint bytes) => Advise(start, bytes, Advice.Random);

    // advice that is not taken changes nothing but the time
    private static void Advise(void* start, nuint bytes, Advice advice)
    {
        if (OperatingSystem.IsLinux()) _ = Advise(start, bytes, (int)advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
