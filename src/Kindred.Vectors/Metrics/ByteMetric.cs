using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>Likeness and distance of two int8 vectors, and of two bit vectors: exact whole numbers. Pure functions: safe from any thread.</summary>
public static class ByteMetric
{
    /// <summary>Components after which the sums leave the 32-bit lanes: a lane then holds at most 2^14 · 255², half of what it can.</summary>
    private const int Block = 1 << 16;

    /// <summary>Additions after which a byte that grows by at most 8 is still within a byte.</summary>
    private const int Steps = 31;

    private const ulong PairMask = 0x00ff00ff00ff00ff;

    /// <summary>Times this, the top 16 bits are the sum of the four 16-bit parts.</summary>
    private const ulong PairSum = 0x0001000100010001;

    /// <summary>Dot product: Σ x[i]·y[i].</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static long Dot(ReadOnlySpan<sbyte> x, ReadOnlySpan<sbyte> y) => Fold<ByteDotStep>(x, y);

    /// <summary>Squared Euclidean distance: Σ (x[i] − y[i])².</summary>
    /// <param name="x">Shape [d].</param>
    /// <param name="y">Shape [d].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static long SquaredL2(ReadOnlySpan<sbyte> x, ReadOnlySpan<sbyte> y) => Fold<ByteSquaredL2Step>(x, y);

    /// <summary>Hamming distance: how many bits differ.</summary>
    /// <param name="x">Shape [d / 8].</param>
    /// <param name="y">Shape [d / 8].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static long Hamming(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} bytes, y has {y.Length}.", nameof(y));
        ref byte a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        nuint i = 0, n = (nuint)x.Length;
        var s512 = Vector512<ulong>.Zero;
        if (Vector512.IsHardwareAccelerated)
        {
            while (n - i >= 64)
            {
                var bytes = Vector512<ulong>.Zero;
                for (int step = 0; step < Steps && n - i >= 64; step++, i += 64)
                    bytes += Bits((Vector512.LoadUnsafe(ref a, i) ^ Vector512.LoadUnsafe(ref b, i)).AsUInt64());
                bytes = (bytes & Vector512.Create(PairMask)) + ((bytes >> 8) & Vector512.Create(PairMask));
                s512 += (bytes * PairSum) >> 48;
            }
        }

        var s256 = s512.GetLower() + s512.GetUpper();   // each width goes on where the wider one stopped
        if (Vector256.IsHardwareAccelerated)
        {
            while (n - i >= 32)
            {
                var bytes = Vector256<ulong>.Zero;
                for (int step = 0; step < Steps && n - i >= 32; step++, i += 32)
                    bytes += Bits((Vector256.LoadUnsafe(ref a, i) ^ Vector256.LoadUnsafe(ref b, i)).AsUInt64());
                bytes = (bytes & Vector256.Create(PairMask)) + ((bytes >> 8) & Vector256.Create(PairMask));
                s256 += (bytes * PairSum) >> 48;
            }
        }

        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
        {
            while (n - i >= 16)
            {
                var bytes = Vector128<ulong>.Zero;
                for (int step = 0; step < Steps && n - i >= 16; step++, i += 16)
                    bytes += Bits((Vector128.LoadUnsafe(ref a, i) ^ Vector128.LoadUnsafe(ref b, i)).AsUInt64());
                bytes = (bytes & Vector128.Create(PairMask)) + ((bytes >> 8) & Vector128.Create(PairMask));
                s128 += (bytes * PairSum) >> 48;
            }
        }

        ulong sum = s128[0] + s128[1];
        for (; i < n; i++) sum += uint.PopCount((uint)(x[(int)i] ^ y[(int)i]));   // at most 15 where vectors are accelerated
        return (long)sum;
    }

    // the bits of each byte, counted in the byte: in twos, fours, eights (Warren, Hacker's Delight, section 5-1)
    private static Vector512<ulong> Bits(Vector512<ulong> v)
    {
        v -= (v >> 1) & Vector512.Create(0x5555555555555555ul);
        v = (v & Vector512.Create(0x3333333333333333ul)) + ((v >> 2) & Vector512.Create(0x3333333333333333ul));
        return (v + (v >> 4)) & Vector512.Create(0x0f0f0f0f0f0f0f0ful);
    }

    private static Vector256<ulong> Bits(Vector256<ulong> v)
    {
        v -= (v >> 1) & Vector256.Create(0x5555555555555555ul);
        v = (v & Vector256.Create(0x3333333333333333ul)) + ((v >> 2) & Vector256.Create(0x3333333333333333ul));
        return (v + (v >> 4)) & Vector256.Create(0x0f0f0f0f0f0f0f0ful);
    }

    private static Vector128<ulong> Bits(Vector128<ulong> v)
    {
        v -= (v >> 1) & Vector128.Create(0x5555555555555555ul);
        v = (v & Vector128.Create(0x3333333333333333ul)) + ((v >> 2) & Vector128.Create(0x3333333333333333ul));
        return (v + (v >> 4)) & Vector128.Create(0x0f0f0f0f0f0f0f0ful);
    }

    private static long Fold<TStep>(ReadOnlySpan<sbyte> x, ReadOnlySpan<sbyte> y)
        where TStep : struct, IByteStep
    {
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} dimensions, y has {y.Length}.", nameof(y));
        long sum = 0;
        for (; x.Length > Block; x = x[Block..], y = y[Block..]) sum += FoldBlock<TStep>(x[..Block], y[..Block]);
        return sum + FoldBlock<TStep>(x, y);
    }

    private static long FoldBlock<TStep>(ReadOnlySpan<sbyte> x, ReadOnlySpan<sbyte> y)
        where TStep : struct, IByteStep
    {
        ref sbyte a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        nuint i = 0, n = (nuint)x.Length;
        var s512 = Vector512<int>.Zero;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; n - i >= 64; i += 64)
            {
                var (x0, x1) = Vector512.Widen(Vector512.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector512.Widen(Vector512.LoadUnsafe(ref b, i));
                s512 += TStep.Pairs(x0, y0) + TStep.Pairs(x1, y1);
            }
        }

        var s256 = s512.GetLower() + s512.GetUpper();   // each width goes on where the wider one stopped
        if (Vector256.IsHardwareAccelerated)
        {
            for (; n - i >= 32; i += 32)
            {
                var (x0, x1) = Vector256.Widen(Vector256.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector256.Widen(Vector256.LoadUnsafe(ref b, i));
                s256 += TStep.Pairs(x0, y0) + TStep.Pairs(x1, y1);
            }
        }

        var s128 = s256.GetLower() + s256.GetUpper();
        if (Vector128.IsHardwareAccelerated)
        {
            for (; n - i >= 16; i += 16)
            {
                var (x0, x1) = Vector128.Widen(Vector128.LoadUnsafe(ref a, i));
                var (y0, y1) = Vector128.Widen(Vector128.LoadUnsafe(ref b, i));
                s128 += TStep.Pairs(x0, y0) + TStep.Pairs(x1, y1);
            }
        }

        var (low, high) = Vector128.Widen(s128);
        long sum = Vector128.Sum(low + high);
        for (; i < n; i++) sum += TStep.Term(x[(int)i], y[(int)i]);   // at most 15 where vectors are accelerated
        return sum;
    }
}
