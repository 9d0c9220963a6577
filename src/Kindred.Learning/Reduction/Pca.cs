using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Reduction;

/// <summary>Principal components (Pearson 1901), by orthogonal iteration on the centred rows; the same rows give the same picture.</summary>
public static class Pca
{
    /// <summary>Projects rows on their directions of greatest variance.</summary>
    /// <param name="rows">Shape [n, d]: n at least 1, every row of the same length, finite.</param>
    /// <param name="components">How many directions, 1 to d.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n, components]; directions beyond the rank of the data give zeros. Each direction's largest loading is positive.</returns>
    /// <exception cref="ArgumentException">There are no rows, or their lengths differ.</exception>
    public static float[][] Project(IReadOnlyList<ReadOnlyMemory<float>> rows, int components, CancellationToken cancel = default)
    {
        if (rows.Count == 0) throw new ArgumentException("There are no rows.", nameof(rows));
        int d = rows[0].Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(components, d);
        var centred = Centre(rows, d);

        // with many rows, sums over them are taken once: XᵀX·b for X·b and back
        float[][]? square = rows.Count > d ? Square(centred, d) : null;
        var basis = Start(components, d);
        double before = 0;
        for (int round = 0; round < 500; round++)
        {
            cancel.ThrowIfCancellationRequested();
            basis = square is null ? Multiply(centred, basis, d) : [.. basis.Select(b => square.Select(row => Metric.Dot(row, b)).ToArray())];
            double variance = Orthonormalise(basis);
            if (Math.Abs(variance - before) <= 1e-9 * variance) break;
            before = variance;
        }

        basis = [.. basis.Select((b, i) => (b, i, variance: Variance(centred, b))).OrderByDescending(x => x.variance).ThenBy(x => x.i).Select(x => x.b)];
        foreach (float[] direction in basis) FixSign(direction);
        return [.. centred.Select(row => basis.Select(b => Metric.Dot(row, b)).ToArray())];
    }

    private static float[][] Centre(IReadOnlyList<ReadOnlyMemory<float>> rows, int d)
    {
        var mean = new double[d];
        foreach (var row in rows)
        {
            if (row.Length != d) throw new ArgumentException($"A row has {row.Length} components, the first has {d}.", nameof(rows));
            var span = row.Span;
            for (int j = 0; j < d; j++) mean[j] += span[j];
        }

        var centred = new float[rows.Count][];
        for (int i = 0; i < centred.Length; i++)
        {
            centred[i] = new float[d];
            var span = rows[i].Span;
            for (int j = 0; j < d; j++) centred[i][j] = (float)(span[j] - (mean[j] / rows.Count));
        }

        return centred;
    }

    private static float[][] Start(int components, int d)
    {
        var random = new Random(1);
        float[][] basis = [.. Enumerable.Range(0, components).Select(_ => Enumerable.Range(0, d).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        Orthonormalise(basis);
        return basis;
    }

    private static float[][] Square(float[][] centred, int d)
    {
        // in parts whose number does not depend on the cores; short sums in float, their sum in double
        int parts = Math.Clamp(centred.Length / 512, 1, 16);
        var sums = new double[parts][];
        Parallel.For(0, parts, part =>
        {
            double[] sum = sums[part] = new double[d * d];
            float[] few = new float[d];
            int end = (int)((long)centred.Length * (part + 1) / parts);
            for (int from = (int)((long)centred.Length * part / parts); from < end; from += 64)
                for (int i = 0; i < d; i++)
                {
                    few.AsSpan(i).Clear();
                    for (int r = from; r < Math.Min(end, from + 64); r++) RowMatrix.Add(few.AsSpan(i), centred[r].AsSpan(i), centred[r][i]);
                    for (int j = i; j < d; j++) sum[(i * d) + j] += few[j];
                }
        });
        var square = new float[d][];
        for (int i = 0; i < d; i++)
        {
            square[i] = new float[d];
            for (int j = 0; j < d; j++) square[i][j] = (float)sums.Sum(sum => sum[(Math.Min(i, j) * d) + Math.Max(i, j)]);
        }

        return square;
    }

    private static float[][] Multiply(float[][] centred, float[][] basis, int d)
    {
        var product = new double[basis.Length][];
        for (int c = 0; c < basis.Length; c++)
        {
            product[c] = new double[d];
            foreach (float[] row in centred)
            {
                double weight = Metric.Dot(row, basis[c]);
                for (int j = 0; j < d; j++) product[c][j] += weight * row[j];
            }
        }

        return [.. product.Select(p => p.Select(v => (float)v).ToArray())];
    }

    // Gram-Schmidt; the sum of the lengths rises until the directions stand still
    private static double Orthonormalise(float[][] basis)
    {
        double sum = 0;
        for (int c = 0; c < basis.Length; c++)
        {
            double before = Math.Sqrt(Metric.Dot(basis[c], basis[c]));
            for (int e = 0; e < c; e++)
            {
                float overlap = Metric.Dot(basis[c], basis[e]);
                for (int j = 0; j < basis[c].Length; j++) basis[c][j] -= overlap * basis[e][j];
            }

            // what is left of a direction beyond the rank is rounding: not a direction
            if (Math.Sqrt(Metric.Dot(basis[c], basis[c])) <= 1e-5 * before) basis[c].AsSpan().Clear();
            sum += Metric.Normalize(basis[c]);
        }

        return sum;
    }

    private static double Variance(float[][] centred, float[] direction)
    {
        double sum = 0;
        foreach (float[] row in centred)
        {
            double v = Metric.Dot(row, direction);
            sum += v * v;
        }

        return sum;
    }

    private static void FixSign(float[] direction)
    {
        int largest = 0;
        for (int j = 1; j < direction.Length; j++)
            if (Math.Abs(direction[j]) > Math.Abs(direction[largest])) largest = j;
        if (direction[largest] < 0)
            for (int j = 0; j < direction.Length; j++) direction[j] = -direction[j];
    }
}
