using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Pairs;

/// <summary>Which rows of two lists of vectors, or of one, belong together, by cosine. Exact: all rows are compared, in memory that does not grow with the number of pairs. May be called by many threads at once.</summary>
public static class PairSearch
{
    /// <summary>Neighbours that a margin is taken from.</summary>
    private const int Neighborhood = 4;

    /// <summary>Rows searched for in one call.</summary>
    private const int Batch = 1024;

    /// <summary>Candidates of a row where there are too many rows for all.</summary>
    private const int Candidates = 32;

    /// <summary>For each row of one list the best rows of another.</summary>
    /// <param name="a">Shape [n][d].</param>
    /// <param name="b">Shape [m][d].</param>
    /// <param name="k">How many of <paramref name="b"/> for each row, at least 1.</param>
    /// <param name="options">How pairs are scored; null for the defaults.</param>
    /// <param name="progress">Told how many rows of <paramref name="a"/> are done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Pairs in the order of <paramref name="a"/>, of each row the best first.</returns>
    /// <exception cref="ArgumentException">A list is empty, lengths differ, a component is not finite, or an option is out of its range.</exception>
    public static IReadOnlyList<RowPair> BestOf(IReadOnlyList<ReadOnlyMemory<float>> a, IReadOnlyList<ReadOnlyMemory<float>> b, int k = 1, PairOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        options ??= new PairOptions();
        options.Check();
        var (left, right, d) = Prepare(a, b);
        var (hubsA, hubsB) = options.Margin ? (Hubness(left, right, d, cancel), Hubness(right, left, d, cancel)) : ([], []);
        return [.. Nearest(left, right, d, Math.Min(k, b.Count), hubsA, hubsB, progress, cancel).Where(p => !(p.Score < options.Minimum))];
    }

    /// <summary>
    /// Pairs the rows of two lists so that none is in two pairs and the scores sum to the most; with a minimum what they exceed it by does. Exact up to 33 million scores (5,792 rows on each side);
    /// beyond, the best pair of those left is taken again and again (at least half of what the best 32 of each row allow), and a row may stay alone.
    /// </summary>
    /// <param name="a">Shape [n][d].</param>
    /// <param name="b">Shape [m][d].</param>
    /// <param name="options">How pairs are scored; null for the defaults.</param>
    /// <param name="progress">Told how many rows of the shorter list are done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Pairs in the order of <paramref name="a"/>: min(n, m) without a minimum.</returns>
    /// <exception cref="ArgumentException">A list is empty, lengths differ, a component is not finite, or an option is out of its range.</exception>
    public static IReadOnlyList<RowPair> OneToOne(IReadOnlyList<ReadOnlyMemory<float>> a, IReadOnlyList<ReadOnlyMemory<float>> b, PairOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        options ??= new PairOptions();
        options.Check();
        var (left, right, d) = Prepare(a, b);
        var (hubsA, hubsB) = options.Margin ? (Hubness(left, right, d, cancel), Hubness(right, left, d, cancel)) : ([], []);
        if ((long)a.Count * b.Count > options.MostCells) return Greedy(left, right, d, hubsA, hubsB, options.Minimum, progress, cancel);
        float[] scores = Scores(left, right, d, hubsA, hubsB, cancel);
        float[] weights = scores;
        if (options.Minimum is { } least)
        {
            weights = new float[scores.Length];
            for (int i = 0; i < scores.Length; i++) weights[i] = Math.Max(0, scores[i] - (float)least);
        }

        int[] columnOf = Assignment.Solve(weights, a.Count, b.Count, progress, cancel);
        return [.. columnOf.Index().Where(p => p.Item >= 0).Select(p => new RowPair(p.Index, p.Item, scores[(p.Index * b.Count) + p.Item])).Where(p => !(p.Score < options.Minimum))];
    }

    /// <summary>The most similar pairs of rows within one list, best first: paraphrases, where rows are sentences.</summary>
    /// <param name="rows">Shape [n][d].</param>
    /// <param name="pairs">How many pairs, at least 1.</param>
    /// <param name="minimum">Pairs of a smaller cosine are left out.</param>
    /// <param name="progress">Told how many rows are done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>At most <paramref name="pairs"/>, each with A before B; equal ones in the order of their rows.</returns>
    /// <exception cref="ArgumentException">There are no rows, lengths differ, or a component is not finite.</exception>
    public static IReadOnlyList<RowPair> Within(IReadOnlyList<ReadOnlyMemory<float>> rows, int pairs, double minimum = -1, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        if (double.IsNaN(minimum)) throw new ArgumentException("The least score is not a number.", nameof(minimum));
        int d = RowMatrix.Width(rows), n = rows.Count, groups = (n + CosineScan.Group - 1) / CosineScan.Group, done = 0;
        float[] all = CosineScan.Normalized(rows, d);
        int room = (int)Math.Min(pairs, (long)n * (n - 1) / 2);
        var kept = new BestPairs(room, n, minimum);
        Parallel.For(0, groups, new ParallelOptions { CancellationToken = cancel }, () => new BestPairs(room, n, minimum), (group, _, best) =>
        {
            int first = group * CosineScan.Group, count = Math.Min(CosineScan.Group, n - first);
            CosineScan.Run(all, first, count, all, first, d, best.Offer);
            progress?.Report(Math.Min(n, Interlocked.Add(ref done, count)));
            return best;
        }, best =>
        {
            lock (kept) kept.Add(best);
        });
        return kept.Sorted();
    }

    private static (float[] A, float[] B, int D) Prepare(IReadOnlyList<ReadOnlyMemory<float>> a, IReadOnlyList<ReadOnlyMemory<float>> b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        int d = RowMatrix.Width(a), other = RowMatrix.Width(b);
        if (d != other) throw new ArgumentException($"The rows of the first list have {d} components, those of the second {other}.", nameof(b));
        return (CosineScan.Normalized(a, d), CosineScan.Normalized(b, d), d);
    }

    /// <summary>Half the mean cosine of each row with its nearest of the other list: what a margin takes off for it.</summary>
    private static float[] Hubness(float[] rows, float[] others, int d, CancellationToken cancel)
    {
        float[] half = new float[rows.Length / d];
        foreach (var group in Nearest(rows, others, d, Math.Min(Neighborhood, others.Length / d), [], [], null, cancel).GroupBy(p => p.A)) half[group.Key] = (float)group.Average(p => p.Score) / 2;
        return half;
    }

    /// <summary>The k best of b for each row of a; a margin's share of b is one more component of its rows.</summary>
    private static IEnumerable<RowPair> Nearest(float[] a, float[] b, int d, int k, float[] hubsA, float[] hubsB, IProgress<int>? progress, CancellationToken cancel)
    {
        int n = a.Length / d, m = b.Length / d, width = hubsA.Length > 0 ? d + 1 : d;
        using var index = new FlatIndex(width, MetricKind.Dot);
        float[] row = new float[width];
        for (int j = 0; j < m; j++)
        {
            b.AsSpan(j * d, d).CopyTo(row);
            if (width > d) row[d] = -hubsB[j];
            index.Add(j, row);
        }

        float[] queries = new float[Math.Min(Batch, n) * width];
        var hits = new Neighbor[Math.Min(Batch, n) * k];
        int[] counts = new int[Math.Min(Batch, n)];
        for (int start = 0; start < n; start += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            int size = Math.Min(Batch, n - start);
            for (int q = 0; q < size; q++)
            {
                a.AsSpan((start + q) * d, d).CopyTo(queries.AsSpan(q * width));
                if (width > d) queries[(q * width) + d] = 1;
            }

            index.Search(queries.AsSpan(0, size * width), hits.AsSpan(0, size * k), counts.AsSpan(0, size), threads: Environment.ProcessorCount);
            for (int q = 0; q < size; q++)
                for (int h = 0; h < counts[q]; h++)
                    yield return new RowPair(start + q, (int)hits[(q * k) + h].Id, Math.Min(1, hits[(q * k) + h].Score - (double)(width > d ? hubsA[start + q] : 0)));
            progress?.Report(start + size);
        }
    }

    private static float[] Scores(float[] a, float[] b, int d, float[] hubsA, float[] hubsB, CancellationToken cancel)
    {
        int n = a.Length / d, m = b.Length / d, groups = (n + CosineScan.Group - 1) / CosineScan.Group;
        float[] scores = new float[n * m];
        Parallel.For(0, groups, new ParallelOptions { CancellationToken = cancel }, group =>
        {
            int first = group * CosineScan.Group;
            CosineScan.Run(a, first, Math.Min(CosineScan.Group, n - first), b, 0, d, (at, j, products) =>
            {
                for (int q = 0; q < products.Length; q++) scores[((at + q) * m) + j] = Math.Min(1, products[q]) - (hubsA.Length > 0 ? hubsA[at + q] + hubsB[j] : 0);
            });
        });
        return scores;
    }

    private static List<RowPair> Greedy(float[] a, float[] b, int d, float[] hubsA, float[] hubsB, double? minimum, IProgress<int>? progress, CancellationToken cancel)
    {
        int n = a.Length / d, m = b.Length / d;
        var candidates = Nearest(a, b, d, Math.Min(Candidates, m), hubsA, hubsB, progress, cancel).ToList();
        candidates.AddRange(Nearest(b, a, d, Math.Min(Candidates, n), hubsB, hubsA, progress, cancel).Select(p => new RowPair(p.B, p.A, p.Score)));
        bool[] takenA = new bool[n], takenB = new bool[m];
        var pairs = new List<RowPair>();
        foreach (var pair in candidates.Where(p => !(p.Score < minimum)).OrderByDescending(p => p.Score).ThenBy(p => p.A).ThenBy(p => p.B))
        {
            if (takenA[pair.A] || takenB[pair.B]) continue;
            takenA[pair.A] = takenB[pair.B] = true;
            pairs.Add(pair);
        }

        pairs.Sort((x, y) => x.A.CompareTo(y.A));
        return pairs;
    }
}
