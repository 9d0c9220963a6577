using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Evaluation;

/// <summary>How well a map of few dimensions keeps the neighbours of the rows it shows (Venna and Kaski 2001).</summary>
public static class MapScore
{
    /// <summary>Whether a point's neighbours on the map are its neighbours among the rows: 1 when all are, about 0.5 for a random map.</summary>
    /// <param name="rows">Shape [n, d], n at least 2.</param>
    /// <param name="places">Shape [n][any].</param>
    /// <param name="k">Neighbours that count, 1 to less than n / 2.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">The lengths differ, or k is out of its range.</exception>
    public static double Trustworthiness(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<float[]> places, int k = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(places);
        return Kept(rows, [.. places.Select(p => new ReadOnlyMemory<float>(p))], k, cancel);
    }

    /// <summary>Whether a row's neighbours are still its neighbours on the map; arguments as of <see cref="Trustworthiness"/>.</summary>
    /// <param name="rows">Shape [n, d], n at least 2.</param>
    /// <param name="places">Shape [n][any].</param>
    /// <param name="k">Neighbours that count, 1 to less than n / 2.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">The lengths differ, or k is out of its range.</exception>
    public static double Continuity(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<float[]> places, int k = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(places);
        return Kept([.. places.Select(p => new ReadOnlyMemory<float>(p))], rows, k, cancel);
    }

    /// <summary>1 less the ranks, beyond k, that neighbours in <paramref name="near"/> have in <paramref name="truth"/>, over the most they can be.</summary>
    private static double Kept(IReadOnlyList<ReadOnlyMemory<float>> truth, IReadOnlyList<ReadOnlyMemory<float>> near, int k, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(truth);
        int n = truth.Count;
        if (near.Count != n) throw new ArgumentException($"{n} rows have {near.Count} places.", nameof(near));
        if (k < 1 || 2 * k >= n) throw new ArgumentException($"k is {k}; it is 1 to less than half of the {n} rows.", nameof(k));
        var losses = new double[n];
        Parallel.For(0, n, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            int[] rank = new int[n], byTruth = Order(truth, i);
            for (int r = 0; r < n - 1; r++) rank[byTruth[r]] = r + 1;
            foreach (int j in Order(near, i).AsSpan(0, k)) losses[i] += Math.Max(0, rank[j] - k);
        });
        return 1 - (2 / (n * (double)k * ((2.0 * n) - (3.0 * k) - 1)) * losses.Sum());
    }

    /// <summary>All other rows, nearest first; of equally near ones the first.</summary>
    private static int[] Order(IReadOnlyList<ReadOnlyMemory<float>> rows, int i)
    {
        var keys = new List<long>(rows.Count - 1);

        // the bits of a float that is not below 0 are ordered as the float is
        for (int j = 0; j < rows.Count; j++)
            if (j != i) keys.Add(((long)BitConverter.SingleToInt32Bits(Math.Abs(Metric.SquaredL2(rows[i].Span, rows[j].Span))) << 32) | (uint)j);
        keys.Sort();
        return [.. keys.Select(key => (int)(uint)key)];
    }
}
