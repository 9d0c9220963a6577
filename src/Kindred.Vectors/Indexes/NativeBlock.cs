using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>Memory outside the collector's, for tables that are read at random: on Linux in pages of 2 MiB where the system grants them, which
/// spares most of the walks through page tables.</summary>
internal static unsafe partial class NativeBlock
{
    private const nuint HugePage = 2 << 20;

    private const int AdviseHugePages = 14;

    /// <summary>Takes memory; what it holds is undefined.</summary>
    public static void* Allocate(nuint bytes)
    {
        if (bytes < HugePage) return NativeMemory.AlignedAlloc(bytes, 64);
        void* block = NativeMemory.AlignedAlloc(bytes, HugePage);

        // an advice: where it is not taken, small pages do
        if (OperatingSystem.IsLinux()) _ = Advise(block, bytes, AdviseHugePages);
        return block;
    }

    public static void Free(void* block) => NativeMemory.AlignedFree(block);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
