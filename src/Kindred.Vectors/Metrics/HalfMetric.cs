using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>Likeness and distance of two float16 vectors, counted in float32. Pure functions: safe from any thread.</summary>
public static class HalfMetric
{
    /// <summary>Dot product: Σ x[i]·y[i]. NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<Half> x, ReadOnlySpan<Half> y) => Fold<DotStep>(x, y);

    /// <summary>Squared Euclidean distance: Σ (x[i] − y[i])². NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float SquaredL2(ReadOnlySpan<Half> x, ReadOnlySpan<Half> y) => Fold<SquaredL2Step>(x, y);

    /// <summary>Cosine of the angle between two vectors, −1 to 1; 0 when either is zero. NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Cosine(ReadOnlySpan<Half> x, ReadOnlySpan<Half> y)
    {
        // the square of any Half, and a sum of 2^31 of them, is within the range of float
        float xy = Fold<DotStep>(x, y), xx = Fold<DotStep>(x, x), yy = Fold<DotStep>(y, y);
        if (xx == 0 || yy == 0) return 0;
        return (float)Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>As <see cref="Metric.Fold"/>, over components that are widened as they are read.</summary>
    private static float Fold<TStep>(ReadOnlySpan<Half> x, ReadOnlySpan<Half> y)
        where TStep : struct, IStep
    {
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} dimensions, y has {y.Length}.", nameof(y));
        ref ushort a = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(x));
        ref ushort b = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(y));
        nuint i = 0, n = (nuint)x.Length;
        var s512 = Vector512<float>.Zero;
        if (Vector512.IsHardwareAccelerated)
        {
            var t512 = Vector512<float>.Zero;
            for (; n - i >= 32; i += 32)
            {
                var (x0, x1) = Vector512.Widen(Vector512.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector512.Widen(Vector512.LoadUnsafe(ref b, i));
                s512 = TStep.Next(Float(x0), Float(y0), s512);
                t512 = TStep.Next(Float(x1), Float(y1), t512);
            }

            s512 += t512;
        }

        var s256 = s512.GetLower() + s512.GetUpper();
        if (Vector256.IsHardwareAccelerated)
        {
            var t256 = Vector256<float>.Zero;
            for (; n - i >= 16; i += 16)
            {
                var (x0, x1) = Vector256.Widen(Vector256.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector256.Widen(Vector256.LoadUnsafe(ref b, i));
                s256 = TStep.Next(Float(x0), Float(y0), s256);
                t256 = TStep.Next(Float(x1), Float(y1), t256);
            }

            s256 += t256;
        }

        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
        {
            for (; n - i >= 8; i += 8)
            {
                var (x0, x1) = Vector128.Widen(Vector128.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector128.Widen(Vector128.LoadUnsafe(ref b, i));
                s128 = TStep.Next(Float(x0), Float(y0), s128);
                s128 = TStep.Next(Float(x1), Float(y1), s128);
            }
        }

        float sum = Vector128.Sum(s128);
        for (; i < n; i++) sum = TStep.Next((float)x[(int)i], (float)y[(int)i], sum);   // at most 7 where vectors are accelerated
        return sum;
    }

    // A Half's exponent and fraction, moved to where a float has them, lack 112 in the exponent (127 − 15). Below the smallest normal Half
    // the fraction has no leading 1: it is put under the exponent 113 and that leading 1 taken away again. Infinity and NaN need 112 once more.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Float(Vector512<uint> half)
    {
        var body = Vector512.ShiftLeft(half & Vector512.Create(0x7fffu), 13);
        var normal = body + Vector512.Create(112u << 23);
        var small = (Vector512.AsSingle(normal + Vector512.Create(1u << 23)) - Vector512.Create(6.103515625e-05f)).AsUInt32();
        normal += Vector512.GreaterThanOrEqual(body, Vector512.Create(0x0f800000u)) & Vector512.Create(112u << 23);
        var bits = Vector512.ConditionalSelect(Vector512.LessThan(body, Vector512.Create(1u << 23)), small, normal);
        return (bits | Vector512.ShiftLeft(half & Vector512.Create(0x8000u), 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Float(Vector256<uint> half)
    {
        var body = Vector256.ShiftLeft(half & Vector256.Create(0x7fffu), 13);
        var normal = body + Vector256.Create(112u << 23);
        var small = (Vector256.AsSingle(normal + Vector256.Create(1u << 23)) - Vector256.Create(6.103515625e-05f)).AsUInt32();
        normal += Vector256.GreaterThanOrEqual(body, Vector256.Create(0x0f800000u)) & Vector256.Create(112u << 23);
        var bits = Vector256.ConditionalSelect(Vector256.LessThan(body, Vector256.Create(1u << 23)), small, normal);
        return (bits | Vector256.ShiftLeft(half & Vector256.Create(0x8000u), 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Float(Vector128<uint> half)
    {
        var body = Vector128.ShiftLeft(half & Vector128.Create(0x7fffu), 13);
        var normal = body + Vector128.Create(112u << 23);
        var small = (Vector128.AsSingle(normal + Vector128.Create(1u << 23)) - Vector128.Create(6.103515625e-05f)).AsUInt32();
        normal += Vector128.GreaterThanOrEqual(body, Vector128.Create(0x0f800000u)) & Vector128.Create(112u << 23);
        var bits = Vector128.ConditionalSelect(Vector128.LessThan(body, Vector128.Create(1u << 23)), small, normal);
        return (bits | Vector128.ShiftLeft(half & Vector128.Create(0x8000u), 16)).AsSingle();
    }
}
