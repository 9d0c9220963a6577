using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Reduction;

/// <summary>
/// Random projection (Johnson and Lindenstrauss 1984): in k dimensions squared distances keep their value up to a factor of about 1 ± 2·√(2 / k), whatever the rows are. Nothing is learnt, so
/// rows that come later go through the same directions.
/// </summary>
public static class RandomProjection
{
    /// <summary>Projects rows on random directions.</summary>
    /// <param name="rows">Shape [n, d], n at least 1.</param>
    /// <param name="components">How many directions, 1 or more.</param>
    /// <param name="seed">The same seed and d give the same directions.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n][components].</returns>
    /// <exception cref="ArgumentException">There are no rows, or their lengths differ.</exception>
    public static float[][] Project(IReadOnlyList<ReadOnlyMemory<float>> rows, int components, int seed = 1, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        int d = RowMatrix.Width(rows);
        var random = new Random(seed);
        var directions = new float[components][];
        for (int c = 0; c < components; c++)
        {
            float[] direction = directions[c] = new float[d];

            // normal numbers of variance 1 / components (Box and Muller 1958)
            for (int j = 0; j < d; j++) direction[j] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()) / components) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        var projected = new float[rows.Count][];
        Parallel.For(0, projected.Length, new ParallelOptions { CancellationToken = cancel }, i => projected[i] = [.. directions.Select(direction => Metric.Dot(rows[i].Span, direction))]);
        return projected;
    }
}
