using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// The rotation under which product codes lose least (optimised product quantisation, Ge et al. 2013, section 3.2, the non-parametric solution): code the
/// rotated vectors, then turn the vectors as near to their codes as a rotation can (orthogonal Procrustes), and again.
/// </summary>
internal static class OptimizedRotation
{
    private const int Rounds = 12;

    /// <summary>Rows learned from at most: what is learned has d² numbers, and the cost grows with rows × d².</summary>
    private const int MaxRows = 16_384;

    /// <summary>Learns a rotation.</summary>
    /// <param name="rows">Row-major, shape [n, d].</param>
    /// <param name="dimensions">d.</param>
    /// <param name="starts">Where each part of the product begins, and d.</param>
    /// <param name="seed">Of the random choices.</param>
    /// <param name="cancel">Ends the work between rounds.</param>
    /// <returns>Shape [d, d], orthogonal: what is coded is matrix · vector.</returns>
    public static float[] Learn(float[] rows, int dimensions, int[] starts, int seed, CancellationToken cancel)
    {
        int d = dimensions, n = Math.Min(rows.Length / d, MaxRows);
        float[] x = rows.Length / d > n ? rows[..(n * d)] : rows;
        float[] columns = Transpose(x, n, d);
        var rotation = new float[d * d];
        for (int i = 0; i < d; i++) rotation[(i * d) + i] = 1;
        var codebooks = new float[starts.Length - 1][];
        for (int round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            float[] turned = Multiply(x, rotation, n, d, d);
            float[] coded = Code(turned, n, d, starts, codebooks, seed, cancel);

            // the rotation R that makes Σ |R·x − y|² least is the orthogonal factor of Σ y·xᵀ
            float[] codedColumns = Transpose(coded, n, d);
            rotation = OrthogonalFactor(Multiply(codedColumns, columns, d, n, d), d);
        }

        return rotation;
    }

    /// <summary>a · bᵀ.</summary>
    /// <param name="a">Shape [rows, inner].</param>
    /// <param name="b">Shape [columns, inner].</param>
    /// <param name="rows">Rows of a.</param>
    /// <param name="inner">Length of a row of either.</param>
    /// <param name="columns">Rows of b.</param>
    internal static float[] Multiply(float[] a, float[] b, int rows, int inner, int columns)
    {
        var product = new float[rows * columns];
        Parallel.For(0, rows, i =>
        {
            var row = a.AsSpan(i * inner, inner);
            for (int j = 0; j < columns; j++) product[(i * columns) + j] = Metric.Dot(row, b.AsSpan(j * inner, inner));
        });
        return product;
    }

    /// <summary>
    /// U·Vᵀ of the singular value decomposition U·S·Vᵀ, by the Newton–Schulz iteration (Higham 2008, section 8.3), which needs products alone;
    /// then made orthogonal to rounding by Gram–Schmidt, which also fills what a singular matrix leaves open.
    /// </summary>
    /// <param name="matrix">Shape [d, d].</param>
    /// <param name="d">Its rows.</param>
    internal static float[] OrthogonalFactor(float[] matrix, int d)
    {
        double square = 0;
        foreach (float v in matrix) square += (double)v * v;
        float scale = square > 0 ? (float)(1 / Math.Sqrt(square)) : 0;   // all singular values at most 1
        float[] x = Array.ConvertAll(matrix, v => v * scale);
        for (int i = 0; i < d; i++) x[(i * d) + i] += 1e-6f;
        for (int step = 0; step < 60; step++)
        {
            float[] t = Transpose(x, d, d), gram = Multiply(t, t, d, d, d);   // xᵀ·x
            double off = 0;
            for (int i = 0; i < gram.Length; i++)
            {
                float unit = i % (d + 1) == 0 ? 1 : 0;
                off = Math.Max(off, Math.Abs(gram[i] - unit));
                gram[i] = (1.5f * unit) - (0.5f * gram[i]);
            }

            if (off < 1e-5) break;
            x = Multiply(x, gram, d, d, d);
        }

        Orthogonalize(x, d);
        return x;
    }

    private static void Orthogonalize(float[] x, int d)
    {
        int spare = 0;
        for (int i = 0; i < d; i++)
        {
            var row = x.AsSpan(i * d, d);
            while (true)
            {
                // twice is enough (Giraud et al. 2005)
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int j = 0; j < i; j++)
                    {
                        var other = x.AsSpan(j * d, d);
                        float dot = Metric.Dot(row, other);
                        for (int c = 0; c < d; c++) row[c] -= dot * other[c];
                    }
                }

                if (Metric.Dot(row, row) > 1e-6f) break;
                row.Clear();
                row[spare++] = 1;
            }

            Metric.Normalize(row);
        }
    }

    private static float[] Code(float[] rows, int n, int d, int[] starts, float[][] codebooks, int seed, CancellationToken cancel)
    {
        var coded = new float[n * d];
        for (int part = 0; part < codebooks.Length; part++)
        {
            int from = starts[part], width = starts[part + 1] - from;
            float[] piece = ProductCodec.Columns(rows, n, d, from, width);
            if (codebooks[part] is null) codebooks[part] = KMeans.Train(piece, width, ProductCodec.Centroids, 2, seed + part, 0, cancel);
            else KMeans.Refine(piece, width, codebooks[part], 1, new Random(seed + part), 0, cancel);
            float[] book = codebooks[part];
            var nearest = new int[n];
            KMeans.Assign(piece, new CentroidPanels(book, width, CentroidPanels.DistanceBias(book, width)), nearest, new float[n]);
            for (int i = 0; i < n; i++) book.AsSpan(nearest[i] * width, width).CopyTo(coded.AsSpan((i * d) + from));
        }

        return coded;
    }

    private static float[] Transpose(float[] matrix, int rows, int columns)
    {
        var turned = new float[matrix.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                turned[(j * rows) + i] = matrix[(i * columns) + j];
        return turned;
    }
}
