using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Evaluation;

/// <summary>How good clusters are: against known classes, or by themselves. Labels may be any numbers; only which rows share one counts. All functions may be called at once.</summary>
public static class ClusteringScore
{
    /// <summary>Homogeneity and completeness, and their harmonic mean (Rosenberg and Hirschberg 2007): 0 to 1. The V-measure is also the mutual information over the mean of the two entropies.</summary>
    /// <param name="classes">What the rows are, shape [n].</param>
    /// <param name="clusters">What was found, shape [n].</param>
    /// <returns>Three times 1 where there are no rows.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static (double Homogeneity, double Completeness, double VMeasure) VMeasure(ReadOnlySpan<int> classes, ReadOnlySpan<int> clusters)
    {
        var (both, left, right) = Count(classes, clusters);
        double n = classes.Length, mutual = 0, ofClasses = Entropy(left.Values, n), ofClusters = Entropy(right.Values, n);
        foreach (var (pair, count) in both) mutual += count / n * Math.Log(count * n / ((double)left[pair.Class] * right[pair.Cluster]));
        double homogeneity = ofClasses > 0 ? Math.Clamp(mutual / ofClasses, 0, 1) : 1, completeness = ofClusters > 0 ? Math.Clamp(mutual / ofClusters, 0, 1) : 1;
        return (homogeneity, completeness, homogeneity + completeness > 0 ? 2 * homogeneity * completeness / (homogeneity + completeness) : 0);
    }

    /// <summary>The share of pairs of rows on which both agree, adjusted so that chance gives 0 and the same partition 1 (Hubert and Arabie 1985).</summary>
    /// <param name="classes">What the rows are, shape [n].</param>
    /// <param name="clusters">What was found, shape [n].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double AdjustedRand(ReadOnlySpan<int> classes, ReadOnlySpan<int> clusters)
    {
        var (both, left, right) = Count(classes, clusters);
        double together = both.Values.Sum(Pairs), ofClasses = left.Values.Sum(Pairs), ofClusters = right.Values.Sum(Pairs);
        double chance = ofClasses * ofClusters / Math.Max(1, Pairs(classes.Length)), most = (ofClasses + ofClusters) / 2;
        return most > chance ? (together - chance) / (most - chance) : 1;   // equal only where both are one cluster, or all single rows

        static double Pairs(int count) => count * (count - 1.0) / 2;
    }

    /// <summary>The mean over rows of (b − a) / max(a, b): a is the mean distance to the other rows of its cluster, b to those of the nearest other cluster (Rousseeuw 1987). Euclidean; −1 to 1.</summary>
    /// <param name="rows">Shape [n, d].</param>
    /// <param name="clusters">The cluster of each row, shape [n]; rows below 0 are noise and left out.</param>
    /// <param name="sample">Rows measured at most, evenly spread over the rows in their order; their cost grows with the square.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>NaN with fewer than two clusters. A row that is alone in its cluster counts 0.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Silhouette(IReadOnlyList<ReadOnlyMemory<float>> rows, ReadOnlySpan<int> clusters, int sample = 5000, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count != clusters.Length) throw new ArgumentException($"{rows.Count} rows have {clusters.Length} labels.", nameof(clusters));
        var kept = new List<int>();
        for (int i = 0; i < clusters.Length; i++)
            if (clusters[i] >= 0) kept.Add(i);
        if (kept.Count > sample) kept = [.. Enumerable.Range(0, sample).Select(i => kept[(int)((long)i * kept.Count / sample)])];
        int[] names = new int[kept.Count];
        for (int i = 0; i < names.Length; i++) names[i] = clusters[kept[i]];
        int[] known = [.. names.Distinct()];
        if (known.Length < 2) return double.NaN;
        for (int i = 0; i < names.Length; i++) names[i] = Array.IndexOf(known, names[i]);
        var sizes = new int[known.Length];
        foreach (int c in names) sizes[c]++;
        var shares = new double[names.Length];
        Parallel.For(0, names.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            int own = names[i];
            if (sizes[own] == 1) return;
            var sums = new double[sizes.Length];
            var row = rows[kept[i]].Span;
            for (int j = 0; j < names.Length; j++) sums[names[j]] += Math.Sqrt(Metric.SquaredL2(row, rows[kept[j]].Span));
            double a = sums[own] / (sizes[own] - 1), b = double.PositiveInfinity;
            for (int c = 0; c < sums.Length; c++)
                if (c != own) b = Math.Min(b, sums[c] / sizes[c]);
            shares[i] = Math.Max(a, b) > 0 ? (b - a) / Math.Max(a, b) : 0;
        });
        return shares.Average();
    }

    private static double Entropy(IEnumerable<int> counts, double n) => -counts.Sum(count => count / n * Math.Log(count / n));

    private static (Dictionary<(int Class, int Cluster), int> Both, Dictionary<int, int> Classes, Dictionary<int, int> Clusters) Count(ReadOnlySpan<int> classes, ReadOnlySpan<int> clusters)
    {
        if (classes.Length != clusters.Length) throw new ArgumentException($"{classes.Length} classes are compared with {clusters.Length} clusters.", nameof(clusters));
        var both = new Dictionary<(int, int), int>();
        var left = new Dictionary<int, int>();
        var right = new Dictionary<int, int>();
        for (int i = 0; i < classes.Length; i++)
        {
            both[(classes[i], clusters[i])] = both.GetValueOrDefault((classes[i], clusters[i])) + 1;
            left[classes[i]] = left.GetValueOrDefault(classes[i]) + 1;
            right[clusters[i]] = right.GetValueOrDefault(clusters[i]) + 1;
        }

        return (both, left, right);
    }
}
