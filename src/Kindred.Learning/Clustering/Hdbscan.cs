using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>
/// Clusters of any shape and density, with noise: HDBSCAN* (Campello, Moulavi and Sander 2013; clusters by excess of mass, Campello et al. 2015). Distances are
/// Euclidean. Exact; time grows with the square of the rows. Rows that are equal get one label.
/// </summary>
public static class Hdbscan
{
    /// <summary>Rows of one piece of parallel work.</summary>
    private const int Piece = 2048;

    /// <summary>Finds clusters.</summary>
    /// <param name="rows">Shape [n, d], finite; may be empty.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The same for the same rows, on any number of cores.</returns>
    /// <exception cref="ArgumentException">Rows have different lengths, or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static HdbscanResult Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, HdbscanOptions? options = null, Action<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new HdbscanOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinClusterSize, 2, nameof(options));
        int samples = options.MinSamples ?? options.MinClusterSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1, nameof(options));
        int n = rows.Count;
        if (n < options.MinClusterSize) return new HdbscanResult(Enumerable.Repeat(-1, n).ToArray(), new float[n], 0, n);
        double[] core = CoreDistances(rows, Math.Min(samples, n - 1), cancel);
        var tree = new CondensedTree(SpanningTree(rows, core, progress, cancel), n, options.MinClusterSize);
        var (labels, probabilities) = tree.Label();
        int noise = labels.Count(label => label < 0), clusters = Rename(labels);
        if (options.AssignNoise && clusters > 0 && noise > 0) Assign(rows, labels);
        return new HdbscanResult(labels, probabilities, clusters, noise);
    }

    /// <summary>The distance of each row to its k-th neighbour, itself not counted; rounded as the tree's distances are, or what is equal would differ.</summary>
    private static double[] CoreDistances(IReadOnlyList<ReadOnlyMemory<float>> rows, int k, CancellationToken cancel)
    {
        var near = Nearest.Find(rows, k, cancel);
        return [.. near.Select((hits, i) => hits.Max(hit => Distance(rows[i].Span, rows[hit.Row].Span)))];
    }

    private static double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Math.Sqrt(Metric.SquaredL2(x, y));

    /// <summary>Prim's minimum spanning tree of mutual reachability: max(core of a, core of b, their distance).</summary>
    private static List<(int A, int B, double Distance)> SpanningTree(IReadOnlyList<ReadOnlyMemory<float>> rows, double[] core, Action<double>? progress, CancellationToken cancel)
    {
        int n = rows.Count, pieces = (n + Piece - 1) / Piece;
        var best = new double[n];
        var from = new int[n];
        var done = new bool[n];
        Array.Fill(best, double.PositiveInfinity);
        var firsts = new int[pieces];
        var edges = new List<(int, int, double)>(n - 1);
        for (int current = 0; edges.Count < n - 1;)
        {
            cancel.ThrowIfCancellationRequested();
            done[current] = true;
            int added = current;
            if (pieces == 1) Look(0);
            else Parallel.For(0, pieces, Look);
            current = -1;
            foreach (int i in firsts)
                if (i >= 0 && (current < 0 || best[i] < best[current])) current = i;
            edges.Add((from[current], current, best[current]));
            if (edges.Count % 256 == 0) progress?.Invoke(edges.Count / (double)n);

            void Look(int piece)
            {
                var row = rows[added].Span;
                int first = -1;
                for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
                {
                    if (done[i]) continue;

                    // no distance can make it nearer than the two cores let it be
                    double least = Math.Max(core[added], core[i]);
                    if (least < best[i] && Math.Max(least, Distance(row, rows[i].Span)) is var distance && distance < best[i])
                    {
                        best[i] = distance;
                        from[i] = added;
                    }

                    if (first < 0 || best[i] < best[first]) first = i;
                }

                firsts[piece] = first;
            }
        }

        return edges;
    }

    /// <summary>Numbers clusters by their size, equal ones by their first row.</summary>
    private static int Rename(int[] labels)
    {
        int[] order = [.. labels.Index().Where(row => row.Item >= 0).GroupBy(row => row.Item).OrderByDescending(cluster => cluster.Count()).ThenBy(cluster => cluster.First().Index).Select(cluster => cluster.Key)];
        var names = order.Index().ToDictionary(cluster => cluster.Item, cluster => cluster.Index);
        for (int i = 0; i < labels.Length; i++)
            if (labels[i] >= 0) labels[i] = names[labels[i]];
        return order.Length;
    }

    private static void Assign(IReadOnlyList<ReadOnlyMemory<float>> rows, int[] labels)
    {
        using var index = new FlatIndex(rows[0].Length, MetricKind.SquaredL2);
        for (int i = 0; i < rows.Count; i++)
            if (labels[i] >= 0) index.Add(i, rows[i].Span);
        int[] noise = [.. Enumerable.Range(0, rows.Count).Where(i => labels[i] < 0)];
        Span<Neighbor> hit = stackalloc Neighbor[1];
        var found = new int[noise.Length];
        for (int i = 0; i < noise.Length; i++)
        {
            index.Search(rows[noise[i]].Span, hit);
            found[i] = labels[hit[0].Id];
        }

        for (int i = 0; i < noise.Length; i++) labels[noise[i]] = found[i];
    }
}
