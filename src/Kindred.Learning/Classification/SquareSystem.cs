using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>Solves systems of a symmetric positive matrix by Cholesky's L · Lᵀ, rows in parallel.</summary>
internal sealed class SquareSystem
{
    private const int Block = 48;

    private readonly DenseRows lower;

    private SquareSystem(DenseRows lower) => this.lower = lower;

    /// <param name="matrix">Shape [m, m], symmetric; is used up.</param>
    /// <param name="diagonal">Added to the diagonal.</param>
    /// <exception cref="ArgumentException">The matrix is not positive within rounding.</exception>
    public static SquareSystem Factor(DenseRows matrix, float diagonal)
    {
        int m = matrix.Count;
        for (int i = 0; i < m; i++) matrix[i][i] += diagonal;
        for (int first = 0; first < m; first += Block)
        {
            int end = Math.Min(first + Block, m);
            for (int i = first; i < end; i++) Row(i, i);
            Parallel.For(0, (m - end + 31) / 32, part =>
            {
                for (int i = end + (part * 32); i < Math.Min(m, end + ((part + 1) * 32)); i++) Row(i, end);
            });

            void Row(int i, int before)
            {
                var row = matrix[i];
                for (int j = first; j < before; j++)
                {
                    var other = matrix[j];
                    row[j] = (row[j] - Metric.Dot(row[..j], other[..j])) / other[j];
                }

                if (i >= end) return;
                float left = row[i] - Metric.Dot(row[..i], row[..i]);
                if (!(left > 0)) throw new ArgumentException($"The matrix is not positive at row {i}.", nameof(matrix));
                row[i] = MathF.Sqrt(left);
            }
        }

        for (int i = 0; i < m; i++) matrix[i][(i + 1)..].Clear();
        return new SquareSystem(matrix);
    }

    /// <summary>The inverse of L as rows: shape [m, m], zeros above the diagonal.</summary>
    public DenseRows InverseOfLower()
    {
        // column c of the inverse, kept as a row: x[i] = (δ - L[i, c..i] · x[c..i]) / L[i, i]
        int m = lower.Count;
        var turned = new DenseRows(m, m);
        Parallel.For(0, m, c =>
        {
            var x = turned[c];
            x[c] = 1 / lower[c][c];
            for (int i = c + 1; i < m; i++) x[i] = -Metric.Dot(lower[i][c..i], x[c..i]) / lower[i][i];
        });
        return turned.Transpose();
    }

    /// <summary>Solves for many right sides. Shape [sides, m] in, the solutions in place.</summary>
    public void Solve(DenseRows sides)
    {
        int m = lower.Count;
        var upper = lower.Transpose();
        Parallel.For(0, sides.Count, s =>
        {
            var x = sides[s];
            for (int i = 0; i < m; i++) x[i] = (x[i] - Metric.Dot(lower[i][..i], x[..i])) / lower[i][i];
            for (int i = m - 1; i >= 0; i--) x[i] = (x[i] - Metric.Dot(upper[i][(i + 1)..], x[(i + 1)..])) / lower[i][i];
        });
    }
}
