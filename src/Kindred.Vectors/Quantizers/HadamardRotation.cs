using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// A random rotation in O(d log d): rounds of random signs and a Walsh–Hadamard transform (Ailon &amp; Chazelle 2009; several rounds as in Andoni et al. 2015,
/// section 3). Where the size is no power of two, the transform takes the largest that fits, at the front and at the back by turns, and the
/// two halves are mixed between. Immutable.
/// </summary>
internal sealed unsafe class HadamardRotation
{
    private const int Rounds = 4;

    private readonly float[] _signs;
    private readonly int _span;

    /// <summary>Draws a rotation.</summary>
    /// <param name="dimensions">Length of the vectors before they are padded.</param>
    /// <param name="seed">Of the random signs.</param>
    public HadamardRotation(int dimensions, ulong seed)
    {
        Size = (dimensions + 63) & ~63;
        _span = (int)(BitOperations.RoundUpToPowerOf2((uint)Size + 1) >> 1);
        _signs = new float[Rounds * Size];
        for (int i = 0; i < _signs.Length; i += 64)
        {
            ulong bits = SplitMix64.Next(ref seed);
            for (int j = 0; j < 64; j++) _signs[i + j] = ((bits >> j) & 1) == 0 ? 1 : -1;
        }
    }

    /// <summary>Length of the vectors that are rotated: a multiple of 64.</summary>
    public int Size { get; }

    /// <summary>Rotates in place.</summary>
    /// <param name="x">Shape [<see cref="Size"/>].</param>
    public void Apply(Span<float> x)
    {
        for (int round = 0; round < Rounds; round++)
        {
            var signs = _signs.AsSpan(round * Size, Size);
            for (int i = 0; i < signs.Length; i++) x[i] *= signs[i];
            Transform(x.Slice(round % 2 == 0 ? 0 : Size - _span, _span));
            if (_span < Size) Mix(x);
        }
    }

    /// <summary>Turns back what <see cref="Apply"/> rotated, in place: each step is its own inverse.</summary>
    /// <param name="x">Shape [<see cref="Size"/>].</param>
    public void Undo(Span<float> x)
    {
        for (int round = Rounds - 1; round >= 0; round--)
        {
            if (_span < Size) Mix(x);
            Transform(x.Slice(round % 2 == 0 ? 0 : Size - _span, _span));
            var signs = _signs.AsSpan(round * Size, Size);
            for (int i = 0; i < signs.Length; i++) x[i] *= signs[i];
        }
    }

    private static void Mix(Span<float> x)
    {
        int half = x.Length / 2;
        const float Scale = 0.70710678f;
        for (int i = 0; i < half; i++)
        {
            var (a, b) = (x[i] * Scale, x[i + half] * Scale);
            (x[i], x[i + half]) = (a + b, a - b);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(Span<float> span)
    {
        fixed (float* x = span)
        {
            int n = span.Length;
            for (int i = 0; i < n; i += 4)
            {
                float a = x[i] + x[i + 1], b = x[i] - x[i + 1], c = x[i + 2] + x[i + 3], d = x[i + 2] - x[i + 3];
                (x[i], x[i + 1], x[i + 2], x[i + 3]) = (a + c, b + d, a - c, b - d);
            }

            for (int h = 4; h < n; h *= 2)
            {
                for (int i = 0; i < n; i += 2 * h)
                {
                    int j = i;
                    if (Vector256.IsHardwareAccelerated)
                    {
                        for (; j <= i + h - 8; j += 8)
                        {
                            var (a, b) = (Vector256.Load(x + j), Vector256.Load(x + j + h));
                            (a + b).Store(x + j);
                            (a - b).Store(x + j + h);
                        }
                    }

                    for (; j < i + h; j += 4)
                    {
                        var (a, b) = (Vector128.Load(x + j), Vector128.Load(x + j + h));
                        (a + b).Store(x + j);
                        (a - b).Store(x + j + h);
                    }
                }
            }

            float scale = 1 / MathF.Sqrt(n);
            for (int i = 0; i < n; i++) x[i] *= scale;
        }
    }
}
