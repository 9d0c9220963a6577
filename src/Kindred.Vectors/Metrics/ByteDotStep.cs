using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Vectors.Metrics;

/// <summary>x·y of int8.</summary>
internal readonly struct ByteDotStep : IByteStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pairs(Vector512<short> x, Vector512<short> y)
    {
        if (Avx512BW.IsSupported) return Avx512BW.MultiplyAddAdjacent(x, y);
        var (low, high) = Vector512.Widen(x * y);   // 128² is within a short
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Pairs(Vector256<short> x, Vector256<short> y)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(x, y);
        var (low, high) = Vector256.Widen(x * y);
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Pairs(Vector128<short> x, Vector128<short> y)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(x, y);
        var (low, high) = Vector128.Widen(x * y);
        return low + high;
    }

    public static int Term(int x, int y) => x * y;
}
