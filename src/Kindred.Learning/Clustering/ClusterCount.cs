using Kindred.Learning.Evaluation;

namespace Kindred.Learning.Clustering;

/// <summary>
/// How many clusters rows fall into: the number with the largest silhouette (Rousseeuw 1987), or 1 where the gap statistic (Tibshirani, Walther and Hastie 2001) finds no more structure than in
/// rows spread evenly over the same box. More clusters than the root of the rows come into question only where they are clear, or a few rows would fall into groups of one or two: in high dimensions these have a larger
/// silhouette than what they are parts of.
/// </summary>
public static class ClusterCount
{
    /// <summary>Rows looked at; their order and the seed choose them.</summary>
    private const int Sample = 2000;

    private const int Directions = 32;

    /// <summary>Even spreads that the gap is measured against.</summary>
    private const int Spreads = 5;

    /// <summary>The box is taken along the directions the rows spread in most.</summary>
    private const int BoxDimensions = 16;

    /// <summary>From here on a silhouette says that there is structure (Kaufman and Rousseeuw 1990, chapter 2).</summary>
    private const double Clear = 0.5;

    /// <summary>Chooses a number of clusters.</summary>
    /// <param name="rows">Shape [n, d], n at least 1, finite.</param>
    /// <param name="most">The largest number looked at, 1 or more; at most half of the rows.</param>
    /// <param name="seed">Of the random choices.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The number, and each number that came into question with its silhouette.</returns>
    /// <exception cref="ArgumentException">There are no rows, their lengths differ, or a component is not finite.</exception>
    public static (int Best, IReadOnlyList<(int K, double Silhouette)> Tried) Choose(IReadOnlyList<ReadOnlyMemory<float>> rows, int most = 50, int seed = 1, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        RowMatrix.Width(rows);
        ReadOnlyMemory<float>[] sample = [.. rows];
        if (sample.Length > Sample)
        {
            new Random(seed).Shuffle(sample);
            sample = sample[..Sample];
        }

        // what the rows have beyond these directions hardly moves a distance, and costs most of the time
        if (sample[0].Length > Directions) sample = [.. Reduction.Pca.Project(sample, Directions, cancel).Select(p => new ReadOnlyMemory<float>(p))];

        var tried = new List<(int K, double Silhouette)>();
        foreach (int k in Candidates(Math.Min(most, sample.Length / 2)))
        {
            var found = KMeansClustering.Fit(sample, k, new KMeansOptions { Starts = 3, Iterations = 50, Seed = seed }, cancel);
            if (found.Centroids.Count < k) continue;
            double silhouette = ClusteringScore.Silhouette(sample, [.. found.Labels], cancel: cancel);
            if ((long)k * k <= rows.Count || silhouette > Clear) tried.Add((k, silhouette));
        }

        if (tried.Count == 0) return (1, tried);
        int best = tried.MaxBy(t => t.Silhouette).K;
        return (Parts(sample, best, seed, cancel) ? best : 1, tried);
    }

    /// <summary>Every number at first, then in steps of a tenth or so.</summary>
    private static IEnumerable<int> Candidates(int most)
    {
        for (int k = 2; k <= most; k += Math.Max(1, k / 10)) yield return k;
    }

    /// <summary>Whether k clusters are further beyond those of even spreads than one cluster is, by more than the spreads differ among themselves.</summary>
    private static bool Parts(ReadOnlyMemory<float>[] rows, int k, int seed, CancellationToken cancel)
    {
        int d = Math.Min(BoxDimensions, rows[0].Length);
        float[][] plane = Reduction.Pca.Project(rows, d, cancel);
        float[] least = [.. Enumerable.Range(0, d).Select(j => plane.Min(p => p[j]))], largest = [.. Enumerable.Range(0, d).Select(j => plane.Max(p => p[j]))];
        double own = Gain([.. plane.Select(p => new ReadOnlyMemory<float>(p))]);
        if (double.IsPositiveInfinity(own)) return true;   // k places and no more
        var random = new Random(seed);
        var spreads = new double[Spreads];
        for (int s = 0; s < Spreads; s++)
            spreads[s] = Gain([.. plane.Select(_ => new ReadOnlyMemory<float>([.. Enumerable.Range(0, d).Select(j => least[j] + (random.NextSingle() * (largest[j] - least[j])))]))]);
        double mean = spreads.Average(), error = Math.Sqrt(spreads.Average(g => (g - mean) * (g - mean)) * (1 + (1.0 / Spreads)));
        return own - mean > error;

        // ln of inertia of one cluster over that of k
        double Gain(ReadOnlyMemory<float>[] points)
        {
            var options = new KMeansOptions { Starts = 3, Iterations = 50, Seed = seed };
            double one = KMeansClustering.Fit(points, 1, options, cancel).Inertia, many = KMeansClustering.Fit(points, k, options, cancel).Inertia;
            return one > 0 && many > 1e-9 * one ? Math.Log(one / many) : one > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        }
    }
}
