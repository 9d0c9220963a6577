using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>
/// k-means (Lloyd 1982) from several seedings by greedy k-means++ (Arthur and Vassilvitskii 2007, section 6: the best of 2 + ln k draws for each centroid). With many rows each start works on a sample, and the best goes on with all of them.
/// The same seed gives the same clusters on any number of cores; rows that are equal get one label.
/// </summary>
public static class KMeansClustering
{
    /// <summary>Rows of a start's sample, where k asks for no more.</summary>
    private const int LeastSample = 20_000;

    /// <summary>Clusters rows.</summary>
    /// <param name="rows">Shape [n, d], n at least 1, finite.</param>
    /// <param name="k">How many clusters, 1 or more; fewer come out where fewer rows differ.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are no rows, their lengths differ, or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static KMeansResult Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, int k, KMeansOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new KMeansOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Iterations, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Starts, 1, nameof(options));
        if (!(options.Tolerance >= 0)) throw new ArgumentOutOfRangeException(nameof(options), options.Tolerance, "Tolerance is 0 or more.");
        int n = rows.Count, d = RowMatrix.Width(rows);
        float[] all = RowMatrix.Copy(rows, d), mean = RowMatrix.Centre(all, d);   // distances come from differences of products: small numbers keep them exact
        k = Math.Min(k, n);
        double enough = options.Tolerance * Spread(all) / all.Length;

        int sampled = Math.Max(LeastSample, k * KMeans.MaxRowsPerCentroid);
        var seeds = new Random(options.Seed);
        Trial? best = null;
        for (int start = 0; start < options.Starts; start++)
        {
            var random = new Random(seeds.Next());
            float[] part = n / 2 >= sampled ? KMeans.Sample(all, d, sampled, random) : all;
            var trial = new Trial(part, d, KMeans.Seed(part, d, k, 2 + (int)Math.Log(k), random, cancel));
            trial.Run(options.Iterations, enough, random, cancel);
            if (best is null || trial.Inertia < best.Inertia) best = trial;
        }

        if (best!.Rows != all)
        {
            best = new Trial(all, d, best.Centroids);
            best.Run(options.Iterations, enough, new Random(options.Seed), cancel);
        }

        return Numbered(best, mean);
    }

    /// <summary>Numbers clusters by their size, equal ones by their first row, without empty ones.</summary>
    private static KMeansResult Numbered(Trial trial, float[] mean)
    {
        int d = mean.Length;
        int[] order = [.. trial.Nearest.Index().GroupBy(row => row.Item).OrderByDescending(cluster => cluster.Count()).ThenBy(cluster => cluster.First().Index).Select(cluster => cluster.Key)];
        var names = order.Index().ToDictionary(cluster => cluster.Item, cluster => cluster.Index);
        float[][] centroids = [.. order.Select(c => trial.Centroids.AsSpan(c * d, d).ToArray())];
        foreach (float[] centroid in centroids)
            for (int j = 0; j < d; j++) centroid[j] += mean[j];
        return new KMeansResult([.. trial.Nearest.Select(c => names[c])], centroids, trial.Inertia, trial.Iterations);
    }

    private static double Spread(float[] centred)
    {
        double sum = 0;
        foreach (float value in centred) sum += (double)value * value;
        return sum;
    }

    /// <summary>One start of the work.</summary>
    private sealed class Trial(float[] rows, int d, float[] centroids)
    {
        private readonly float[] _scores = new float[rows.Length / d];

        public float[] Rows => rows;

        public float[] Centroids => centroids;

        public int[] Nearest { get; } = new int[rows.Length / d];

        public double Inertia { get; private set; }

        public int Iterations { get; private set; }

        public void Run(int most, double enough, Random random, CancellationToken cancel)
        {
            var before = new int[Nearest.Length];
            var sizes = new int[centroids.Length / d];
            Assign();
            while (Iterations < most)
            {
                cancel.ThrowIfCancellationRequested();
                Iterations++;
                float[] old = [.. centroids];
                KMeans.Means(rows, d, Nearest, centroids, sizes, 0, random);
                double moved = 0;
                for (int c = 0; c < sizes.Length; c++) moved += Metric.SquaredL2(old.AsSpan(c * d, d), centroids.AsSpan(c * d, d));
                Nearest.CopyTo(before, 0);
                Assign();
                if (moved <= enough || Nearest.AsSpan().SequenceEqual(before)) break;
            }

            for (int i = 0; i < Nearest.Length; i++) Inertia += Metric.SquaredL2(rows.AsSpan(i * d, d), centroids.AsSpan(Nearest[i] * d, d));
        }

        private void Assign() => KMeans.Assign(rows, new CentroidPanels(centroids, d, CentroidPanels.DistanceBias(centroids, d)), Nearest, _scores);
    }
}
