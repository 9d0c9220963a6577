using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Words.Kernels;

/// <summary>Dot products of one row: Σ x[i]·y[i], for float and for int8 rows. NaN in, NaN out.</summary>
/// <remarks>Rows are read through a reference, because they may lie in a mapped file; the caller has checked the bounds.</remarks>
internal static class RowKernel
{
    /// <summary>Float query with an int8 row, in single precision.</summary>
    internal static float Dot(ref readonly float query, ref readonly sbyte row, int dimensions)
    {
        ref float x = ref Unsafe.AsRef(in query);
        ref sbyte y = ref Unsafe.AsRef(in row);
        nuint i = 0, n = (nuint)dimensions;
        var s512 = Vector512<float>.Zero;
        if (Vector512.IsHardwareAccelerated)
            for (; n - i >= 16; i += 16)
                s512 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref x, i), Vector512.ConvertToSingle(Widen16(ref y, i)), s512);
        var s256 = s512.GetLower() + s512.GetUpper();
        if (Vector256.IsHardwareAccelerated)
            for (; n - i >= 8; i += 8)
                s256 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref x, i), Vector256.ConvertToSingle(Widen8(ref y, i)), s256);
        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
            for (; n - i >= 4; i += 4)
                s128 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref x, i), Vector128.ConvertToSingle(Widen4(ref y, i)), s128);
        float sum = Vector128.Sum(s128);
        for (; i < n; i++) sum += Unsafe.Add(ref x, i) * Unsafe.Add(ref y, i);
        return sum;
    }

    /// <summary>Two int8 rows, exactly (65,536 dimensions of 128² stay under 2^31).</summary>
    internal static int Dot(ref readonly sbyte a, ref readonly sbyte b, int dimensions)
    {
        ref sbyte x = ref Unsafe.AsRef(in a);
        ref sbyte y = ref Unsafe.AsRef(in b);
        nuint i = 0, n = (nuint)dimensions;
        var s512 = Vector512<int>.Zero;
        if (Vector512.IsHardwareAccelerated)
            for (; n - i >= 16; i += 16) s512 += Widen16(ref x, i) * Widen16(ref y, i);
        var s256 = s512.GetLower() + s512.GetUpper();
        if (Vector256.IsHardwareAccelerated)
            for (; n - i >= 8; i += 8) s256 += Widen8(ref x, i) * Widen8(ref y, i);
        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
            for (; n - i >= 4; i += 4) s128 += Widen4(ref x, i) * Widen4(ref y, i);
        int sum = Vector128.Sum(s128);
        for (; i < n; i++) sum += Unsafe.Add(ref x, i) * Unsafe.Add(ref y, i);
        return sum;
    }

    /// <summary>Two float rows, in single precision.</summary>
    internal static float Dot(ref readonly float a, ref readonly float b, int dimensions)
    {
        ref float x = ref Unsafe.AsRef(in a), y = ref Unsafe.AsRef(in b);
        nuint i = 0, n = (nuint)dimensions;
        var s512 = Vector512<float>.Zero;
        if (Vector512.IsHardwareAccelerated)
            for (; n - i >= 16; i += 16) s512 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref x, i), Vector512.LoadUnsafe(ref y, i), s512);
        var s256 = s512.GetLower() + s512.GetUpper();
        if (Vector256.IsHardwareAccelerated)
            for (; n - i >= 8; i += 8) s256 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref x, i), Vector256.LoadUnsafe(ref y, i), s256);
        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
            for (; n - i >= 4; i += 4) s128 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref x, i), Vector128.LoadUnsafe(ref y, i), s128);
        float sum = Vector128.Sum(s128);
        for (; i < n; i++) sum += Unsafe.Add(ref x, i) * Unsafe.Add(ref y, i);
        return sum;
    }

    // each reads exactly as many bytes as it widens: a row may end where the mapped file ends
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen16(ref sbyte row, nuint i)
    {
        var (lower, upper) = Vector128.Widen(Vector128.LoadUnsafe(ref row, i));
        var (a, b) = Vector256.Widen(Vector256.Create(lower, upper));
        return Vector512.Create(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen8(ref sbyte row, nuint i)
    {
        ulong bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref row, i)));
        var (a, b) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalar(bytes).AsSByte()));
        return Vector256.Create(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Widen4(ref sbyte row, nuint i)
    {
        uint bytes = Unsafe.ReadUnaligned<uint>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref row, i)));
        return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(bytes).AsSByte()));
    }
}
