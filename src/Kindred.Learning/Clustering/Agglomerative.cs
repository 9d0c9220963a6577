using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>
/// Clusters joined two by two, by the nearest-neighbour chain (Murtagh 1983; Müllner 2011, section 3.2). Both linkages follow from the clusters' means, so memory grows with the rows,
/// time with their square.
/// </summary>
public static class Agglomerative
{
    /// <summary>Clusters of one piece of parallel work.</summary>
    private const int Piece = 2048;

    /// <summary>Joins rows until one cluster is left.</summary>
    /// <param name="rows">Shape [n, d], n at least 1, finite.</param>
    /// <param name="linkage">How far two clusters are from each other.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are no rows, or their lengths differ.</exception>
    public static Dendrogram Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, AgglomerativeLinkage linkage = AgglomerativeLinkage.Ward, Action<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("There are no rows.", nameof(rows));
        int n = rows.Count, d = rows[0].Length;
        var means = new float[n][];
        for (int i = 0; i < n; i++)
        {
            if (rows[i].Length != d) throw new ArgumentException($"Row {i} has {rows[i].Length} components, the first has {d}.", nameof(rows));
            means[i] = rows[i].ToArray();
            if (linkage == AgglomerativeLinkage.AverageCosine) Metric.Normalize(means[i]);
        }

        int[] sizes = [.. Enumerable.Repeat(1, n)];
        var live = Enumerable.Range(0, n).ToList();   // clusters, each known by the place of its mean
        var chain = new Stack<int>();
        var joined = new List<(int A, int B, double Height)>(n - 1);
        while (live.Count > 1)
        {
            cancel.ThrowIfCancellationRequested();
            if (chain.Count == 0) chain.Push(live[0]);
            int a = chain.Pop();
            int before = chain.Count > 0 ? chain.Peek() : -1;
            var (b, height) = NearestOf(a, before);
            if (b != before)
            {
                chain.Push(a);
                chain.Push(b);
                continue;
            }

            chain.Pop();
            joined.Add((Math.Min(a, b), Math.Max(a, b), height));
            Join(Math.Min(a, b), Math.Max(a, b));
            if (joined.Count % 64 == 0) progress?.Invoke(joined.Count / (double)n);
        }

        return Ordered(n, joined);

        (int Cluster, double Height) NearestOf(int a, int before)
        {
            int pieces = (live.Count + Piece - 1) / Piece;
            var nearest = new (int Cluster, double Height)[pieces];
            if (pieces == 1) Look(0);
            else Parallel.For(0, pieces, Look);
            var best = nearest[0];
            foreach (var other in nearest)
                if (other.Height < best.Height) best = other;

            // of equally near ones the one before in the chain, or it would never end
            return before >= 0 && Height(a, before) is var height && height <= best.Height ? (before, height) : best;

            void Look(int piece)
            {
                var best = (Cluster: -1, Height: double.PositiveInfinity);
                for (int i = piece * Piece; i < Math.Min(live.Count, (piece + 1) * Piece); i++)
                    if (live[i] != a && Height(a, live[i]) is var height && height < best.Height) best = (live[i], height);
                nearest[piece] = best;
            }
        }

        double Height(int a, int b) => linkage == AgglomerativeLinkage.Ward
            ? Math.Sqrt(2.0 * sizes[a] * sizes[b] / (sizes[a] + sizes[b]) * Metric.SquaredL2(means[a], means[b]))
            : 1 - Metric.Dot(means[a], means[b]);

        void Join(int a, int b)
        {
            double share = sizes[b] / (double)(sizes[a] + sizes[b]);
            for (int j = 0; j < d; j++) means[a][j] = (float)(means[a][j] + (share * (means[b][j] - means[a][j])));
            sizes[a] += sizes[b];
            means[b] = [];
            live.Remove(b);
        }
    }

    /// <summary>The chain finds joinings out of order; brings them into order and names what they join.</summary>
    private static Dendrogram Ordered(int n, List<(int A, int B, double Height)> joined)
    {
        int[] above = [.. Enumerable.Range(0, (2 * n) - 1)];
        var merges = new DendrogramMerge[joined.Count];
        int i = 0;
        foreach (var (a, b, height) in joined.OrderBy(j => j.Height))
        {
            int x = Top(a), y = Top(b);
            (above[x], above[y]) = (n + i, n + i);
            merges[i++] = new DendrogramMerge(Math.Min(x, y), Math.Max(x, y), Math.Max(0, height), Size(x) + Size(y));
        }

        return new Dendrogram(n, merges);

        int Size(int node) => node < n ? 1 : merges[node - n].Size;

        int Top(int node)
        {
            while (above[node] != node) node = above[node] = above[above[node]];
            return node;
        }
    }
}
