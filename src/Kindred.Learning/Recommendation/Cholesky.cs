using System.Numerics;
using System.Runtime.InteropServices;

namespace Kindred.Learning.Recommendation;

/// <summary>The factor L of a symmetric positive definite matrix LLᵀ; matrices are square, row by row, in double precision.</summary>
internal static class Cholesky
{
    /// <summary>Columns that are finished before the rows below them, so that the rows can share the cores.</summary>
    private const int Block = 64;

    /// <summary>Replaces the lower triangle of a matrix by its factor; the rest is left as it is.</summary>
    /// <exception cref="ArithmeticException">The matrix is not positive definite.</exception>
    public static void Factor(double[] matrix, int n, CancellationToken cancel = default)
    {
        for (int first = 0; first < n; first += Block)
        {
            cancel.ThrowIfCancellationRequested();
            int from = first, to = Math.Min(first + Block, n);
            for (int i = from; i < to; i++) Row(i, i + 1);
            if (n <= Block) break;
            Parallel.For(to, n, i => Row(i, to));

            void Row(int i, int end)
            {
                var row = matrix.AsSpan(i * n, n);
                for (int j = from; j < end; j++)
                {
                    double rest = row[j] - Dot(row[..j], matrix.AsSpan(j * n, j));
                    if (i != j) row[j] = rest / matrix[(j * n) + j];
                    else row[j] = rest > 0 ? Math.Sqrt(rest) : throw new ArithmeticException("The matrix is not positive definite.");
                }
            }
        }
    }

    /// <summary>Solves LLᵀx = b in place.</summary>
    /// <param name="factor">What <see cref="Factor"/> made.</param>
    /// <param name="n">Rows.</param>
    /// <param name="b">The right side; becomes x.</param>
    /// <param name="first">Rows of b before it are zero.</param>
    public static void Solve(double[] factor, int n, Span<double> b, int first = 0)
    {
        for (int i = first; i < n; i++) b[i] = (b[i] - Dot(factor.AsSpan((i * n) + first, i - first), b[first..i])) / factor[(i * n) + i];
        for (int i = n - 1; i >= 0; i--)
        {
            b[i] /= factor[(i * n) + i];
            AddScaled(-b[i], factor.AsSpan(i * n, i), b[..i]);
        }
    }

    /// <summary>The inverse of a symmetric positive definite matrix, whose lower triangle is lost.</summary>
    public static double[] Inverse(double[] matrix, int n, CancellationToken cancel = default)
    {
        Factor(matrix, n, cancel);
        double[] inverse = new double[(long)n * n];
        Parallel.For(0, n, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var row = inverse.AsSpan(i * n, n);
            row[i] = 1;
            Solve(matrix, n, row, i);
        });
        return inverse;
    }

    /// <summary>y += a·x.</summary>
    public static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        var wideX = MemoryMarshal.Cast<double, Vector<double>>(x);
        var wideY = MemoryMarshal.Cast<double, Vector<double>>(y[..x.Length]);
        for (int i = 0; i < wideX.Length; i++) wideY[i] += wideX[i] * a;
        for (int i = wideX.Length * Vector<double>.Count; i < x.Length; i++) y[i] += a * x[i];
    }

    /// <summary>y += a·x.</summary>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        var wideX = MemoryMarshal.Cast<float, Vector<float>>(x);
        var wideY = MemoryMarshal.Cast<float, Vector<float>>(y[..x.Length]);
        for (int i = 0; i < wideX.Length; i++) wideY[i] += wideX[i] * a;
        for (int i = wideX.Length * Vector<float>.Count; i < x.Length; i++) y[i] += a * x[i];
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var wideX = MemoryMarshal.Cast<double, Vector<double>>(x);
        var wideY = MemoryMarshal.Cast<double, Vector<double>>(y);
        var (even, odd) = (Vector<double>.Zero, Vector<double>.Zero);
        int i = 0;
        for (; i < wideX.Length - 1; i += 2)
        {
            even += wideX[i] * wideY[i];
            odd += wideX[i + 1] * wideY[i + 1];
        }

        if (i < wideX.Length) even += wideX[i] * wideY[i];
        double sum = Vector.Sum(even + odd);
        for (i = wideX.Length * Vector<double>.Count; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }
}
