using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>Likeness and distance of two float vectors. Pure functions: safe from any thread.</summary>
public static class Metric
{
    /// <summary>Dot product: Σ x[i]·y[i]. NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Fold<DotStep>(x, y);

    /// <summary>Squared Euclidean distance: Σ (x[i] − y[i])². NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float SquaredL2(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Fold<SquaredL2Step>(x, y);

    /// <summary>Manhattan distance: Σ |x[i] − y[i]|. NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Manhattan(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Fold<ManhattanStep>(x, y);

    /// <summary>Cosine of the angle between two vectors, −1 to 1; 0 when either is zero. NaN in gives NaN out.</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        // the norms in double: squares of large or tiny floats leave the range of float
        double xy = 0, xx = 0, yy = 0;
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} dimensions, y has {y.Length}.", nameof(y));
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref float a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
            var (sxy, sxx, syy) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
            for (; x.Length - i >= 8; i += 8)
            {
                var (x0, x1) = Vector256.Widen(Vector256.LoadUnsafe(ref a, (nuint)i));
                var (y0, y1) = Vector256.Widen(Vector256.LoadUnsafe(ref b, (nuint)i));
                sxy += (x0 * y0) + (x1 * y1);
                sxx += (x0 * x0) + (x1 * x1);
                syy += (y0 * y0) + (y1 * y1);
            }

            (xy, xx, yy) = (Vector256.Sum(sxy), Vector256.Sum(sxx), Vector256.Sum(syy));
        }

        for (; i < x.Length; i++)
        {
            xy += (double)x[i] * y[i];
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        if (xx == 0 || yy == 0) return 0;
        return (float)Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>Scales a vector to length 1, in place; a zero vector stays zero.</summary>
    /// <param name="vector">Shape [d], finite.</param>
    /// <returns>The length it had.</returns>
    public static float Normalize(Span<float> vector)
    {
        double sum = 0;
        foreach (float v in vector) sum += (double)v * v;
        double norm = Math.Sqrt(sum);
        if (norm == 0 || !double.IsFinite(norm)) return (float)norm;
        // divided in double: 1/norm of a tiny vector would be infinite in float
        for (int i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] / norm);
        return (float)norm;
    }

    /// <summary>Finds the first component that is NaN or infinite.</summary>
    /// <param name="vector">Any length.</param>
    /// <returns>Its index, or −1 when all are finite.</returns>
    public static int IndexOfNonFinite(ReadOnlySpan<float> vector)
    {
        ref float a = ref MemoryMarshal.GetReference(vector);
        nuint i = 0, n = (nuint)vector.Length;
        if (Vector256.IsHardwareAccelerated)
        {
            // v − v is 0 for finite v and NaN otherwise
            for (; n - i >= 8; i += 8)
            {
                var v = Vector256.LoadUnsafe(ref a, i);
                if (!Vector256.EqualsAll(v - v, Vector256<float>.Zero)) break;
            }
        }

        for (; i < n; i++)
            if (!float.IsFinite(vector[(int)i])) return (int)i;
        return -1;
    }

    /// <summary>What every index asks of a vector it is given.</summary>
    /// <param name="vector">Any vector.</param>
    /// <param name="dimensions">The length it must have.</param>
    /// <param name="name">The caller's parameter.</param>
    /// <param name="query">Its place in a batch of queries; −1 for a vector by itself.</param>
    /// <exception cref="ArgumentException">It has another length, or a component that is not finite.</exception>
    internal static void Require(ReadOnlySpan<float> vector, int dimensions, string name, int query = -1)
    {
        if (vector.Length != dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the index {dimensions}.", name);
        int bad = IndexOfNonFinite(vector);
        if (bad >= 0) throw new ArgumentException($"Component {bad} of {(query >= 0 ? $"query {query}" : "the vector")} is {vector[bad]}: not a finite number.", name);
    }

    /// <summary>The one loop behind every sum over components; four running sums keep the multiply units busy.</summary>
    internal static float Fold<TStep>(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        where TStep : struct, IStep
    {
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} dimensions, y has {y.Length}.", nameof(y));
        ref float a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        nuint i = 0, n = (nuint)x.Length;
        var s512 = Vector512<float>.Zero;
        if (Vector512.IsHardwareAccelerated)
        {
            var t512 = Vector512<float>.Zero;
            for (; n - i >= 32; i += 32)
            {
                s512 = TStep.Next(Vector512.LoadUnsafe(ref a, i), Vector512.LoadUnsafe(ref b, i), s512);
                t512 = TStep.Next(Vector512.LoadUnsafe(ref a, i + 16), Vector512.LoadUnsafe(ref b, i + 16), t512);
            }

            s512 += t512;
            for (; n - i >= 16; i += 16) s512 = TStep.Next(Vector512.LoadUnsafe(ref a, i), Vector512.LoadUnsafe(ref b, i), s512);
        }

        var s256 = s512.GetLower() + s512.GetUpper();   // each width goes on where the wider one stopped
        if (Vector256.IsHardwareAccelerated)
        {
            var t256 = Vector256<float>.Zero;
            for (; n - i >= 16; i += 16)
            {
                s256 = TStep.Next(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s256);
                t256 = TStep.Next(Vector256.LoadUnsafe(ref a, i + 8), Vector256.LoadUnsafe(ref b, i + 8), t256);
            }

            s256 += t256;
            for (; n - i >= 8; i += 8) s256 = TStep.Next(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s256);
        }

        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
            for (; n - i >= 4; i += 4) s128 = TStep.Next(Vector128.LoadUnsafe(ref a, i), Vector128.LoadUnsafe(ref b, i), s128);
        float sum = Vector128.Sum(s128);
        for (; i < n; i++) sum = TStep.Next(x[(int)i], y[(int)i], sum);   // at most 3 where vectors are accelerated
        return sum;
    }

    /// <summary>The same sum over vectors whose length is a multiple of 16 and whose padding is zero: no rest, and inlined into the scan.</summary>
    /// <param name="x">Shape [n].</param>
    /// <param name="y">Shape [n].</param>
    /// <param name="n">A multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe float FoldPadded<TStep>(float* x, float* y, nint n)
        where TStep : struct, IStep
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var (s, t) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (; i <= n - 32; i += 32)
            {
                s = TStep.Next(Vector512.Load(x + i), Vector512.Load(y + i), s);
                t = TStep.Next(Vector512.Load(x + i + 16), Vector512.Load(y + i + 16), t);
            }

            if (i < n) s = TStep.Next(Vector512.Load(x + i), Vector512.Load(y + i), s);
            return Vector512.Sum(s + t);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            var (s, t) = (Vector256<float>.Zero, Vector256<float>.Zero);
            for (; i < n; i += 16)
            {
                s = TStep.Next(Vector256.Load(x + i), Vector256.Load(y + i), s);
                t = TStep.Next(Vector256.Load(x + i + 8), Vector256.Load(y + i + 8), t);
            }

            return Vector256.Sum(s + t);
        }

        var (a, b, c, d) = (Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
        for (; i < n; i += 16)
        {
            a = TStep.Next(Vector128.Load(x + i), Vector128.Load(y + i), a);
            b = TStep.Next(Vector128.Load(x + i + 4), Vector128.Load(y + i + 4), b);
            c = TStep.Next(Vector128.Load(x + i + 8), Vector128.Load(y + i + 8), c);
            d = TStep.Next(Vector128.Load(x + i + 12), Vector128.Load(y + i + 12), d);
        }

        return Vector128.Sum(a + b + (c + d));
    }
}
