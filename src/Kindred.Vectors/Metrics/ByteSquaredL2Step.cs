using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Vectors.Metrics;

/// <summary>(x − y)² of int8.</summary>
internal readonly struct ByteSquaredL2Step : IByteStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pairs(Vector512<short> x, Vector512<short> y)
    {
        var d = x - y;
        if (Avx512BW.IsSupported) return Avx512BW.MultiplyAddAdjacent(d, d);
        var (low, high) = Vector512.Widen((d * d).AsUInt16());   // 255² is within a ushort
        return (low + high).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Pairs(Vector256<short> x, Vector256<short> y)
    {
        var d = x - y;
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(d, d);
        var (low, high) = Vector256.Widen((d * d).AsUInt16());
        return (low + high).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Pairs(Vector128<short> x, Vector128<short> y)
    {
        var d = x - y;
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(d, d);
        var (low, high) = Vector128.Widen((d * d).AsUInt16());
        return (low + high).AsInt32();
    }

    public static int Term(int x, int y) => (x - y) * (x - y);
}
