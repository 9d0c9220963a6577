using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>Solves systems of a symmetric positive matrix by Cholesky's L · Lᵀ, a block of columns at a time, rows in parallel.</summary>
internal sealed unsafe class SquareSystem
{
    /// <summary>Columns of a block.</summary>
    private const int Block = 8 * Lanes;

    private const int Lanes = QueryTile.Queries;

    /// <summary>Long sums go in parts, so that the columns of a part stay in the cache.</summary>
    private const int Depth = 1024;

    private readonly DenseRows lower;

    private SquareSystem(DenseRows lower) => this.lower = lower;

    /// <param name="matrix">Shape [m, m], symmetric; is used up.</param>
    /// <param name="diagonal">Added to the diagonal.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">The matrix is not positive within rounding.</exception>
    public static SquareSystem Factor(DenseRows matrix, float diagonal, CancellationToken cancel = default)
    {
        int m = matrix.Count;
        var system = new SquareSystem(matrix);
        for (int i = 0; i < m; i++) matrix[i][i] += diagonal;
        for (int first = 0; first < m; first += Block)
        {
            cancel.ThrowIfCancellationRequested();
            int end = Math.Min(first + Block, m);
            Subtract(matrix, first, first, end, 0, first, system.RowPanels(first, end));
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
                    row[j] = (row[j] - Metric.Dot(row[first..j], other[first..j])) / other[j];
                }

                if (i >= end) return;
                float left = row[i] - Metric.Dot(row[first..i], row[first..i]);
                if (!(left > 0)) throw new ArgumentException($"The matrix is not positive at row {i}.", nameof(matrix));
                row[i] = MathF.Sqrt(left);
            }
        }

        for (int i = 0; i < m; i++) matrix[i][(i + 1)..].Clear();
        return system;
    }

    /// <summary>The inverse of L as rows: shape [m, m], zeros above the diagonal.</summary>
    public DenseRows InverseOfLower()
    {
        var columns = new DenseRows(lower.Count, lower.Count);
        for (int i = 0; i < lower.Count; i++) columns[i][i] = 1;
        Forward(columns);
        return columns.Transpose();
    }

    /// <summary>Solves for many right sides. Shape [sides, m] in, the solutions in place.</summary>
    public void Solve(DenseRows sides)
    {
        Forward(sides);
        int m = lower.Count;
        for (int first = (m - 1) / Block * Block; first >= 0; first -= Block)
        {
            int end = Math.Min(first + Block, m), start = first;
            Subtract(sides, 0, first, end, end, m - end, ColumnPanels(first, end));
            Parallel.For(0, sides.Count, s =>
            {
                var x = sides[s];
                for (int j = end - 1; j >= start; j--)
                {
                    var row = lower[j];
                    x[j] /= row[j];
                    for (int i = start; i < j; i++) x[i] -= x[j] * row[i];
                }
            });
        }
    }

    /// <summary>Sides · L⁻ᵀ, in place.</summary>
    private void Forward(DenseRows sides)
    {
        int m = lower.Count;
        for (int first = 0; first < m; first += Block)
        {
            int end = Math.Min(first + Block, m), start = first;
            Subtract(sides, 0, first, end, 0, first, RowPanels(first, end));
            Parallel.For(0, sides.Count, s =>
            {
                var x = sides[s];
                for (int j = start; j < end; j++)
                {
                    var row = lower[j];
                    x[j] = (x[j] - Metric.Dot(x[start..j], row[start..j])) / row[j];
                }
            });
        }
    }

    /// <summary>Rows of L before their block, as columns. Shape [panels][first][<see cref="Lanes"/>].</summary>
    private float[] RowPanels(int first, int end)
    {
        var panels = new float[(end - first + Lanes - 1) / Lanes * first * Lanes];
        Parallel.For(first, end, j =>
        {
            var row = lower[j][..first];
            int at = ((j - first) / Lanes * first * Lanes) + ((j - first) % Lanes);
            for (int d = 0; d < row.Length; d++) panels[at + (d * Lanes)] = row[d];
        });
        return panels;
    }

    /// <summary>Columns of L below their block. Shape [panels][m - end][<see cref="Lanes"/>].</summary>
    private float[] ColumnPanels(int first, int end)
    {
        int below = lower.Count - end;
        var panels = new float[(end - first + Lanes - 1) / Lanes * below * Lanes];
        Parallel.For(0, below, d =>
        {
            var row = lower[end + d][first..end];
            for (int j = 0; j < row.Length; j++) panels[(((j / Lanes * below) + d) * Lanes) + (j % Lanes)] = row[j];
        });
        return panels;
    }

    /// <summary>rows[i, first..end] -= rows[i, start..start + depth] · panels, for each row from <paramref name="top"/>.</summary>
    private static void Subtract(DenseRows rows, int top, int first, int end, int start, int depth, float[] panels)
    {
        const int Piece = 64;
        if (depth == 0) return;
        Parallel.For(0, (rows.Count - top + Piece - 1) / Piece, piece =>
        {
            int from = top + (piece * Piece), to = Math.Min(rows.Count, from + Piece), tile = QueryTile.Rows;
            float** at = stackalloc float*[QueryTile.MostRows];
            float* sums = stackalloc float[QueryTile.MostRows * Lanes];
            fixed (float* values = rows.Values, columns = panels)
            {
                for (int d = 0; d < depth; d += Depth)
                {
                    int part = Math.Min(Depth, depth - d);
                    for (int i = from; i < to; i += tile)
                    {
                        for (int r = 0; r < tile; r++) at[r] = values + ((long)Math.Min(i + r, to - 1) * rows.Width) + start + d;
                        for (int j = first; j < end; j += Lanes)
                        {
                            QueryTile.Fold<DotStep>(columns + ((((long)(j - first) / Lanes * depth) + d) * Lanes), at, part, sums);
                            for (int r = 0; r < Math.Min(tile, to - i); r++)
                            {
                                float* target = values + ((long)(i + r) * rows.Width) + j;
                                for (int l = 0; l < Math.Min(Lanes, end - j); l++) target[l] -= sums[(r * Lanes) + l];
                            }
                        }
                    }
                }
            }
        });
    }
}
