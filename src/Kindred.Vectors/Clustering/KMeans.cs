using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Clustering;

/// <summary>
/// k-means (Lloyd 1982), seeded by k-means++ (Arthur &amp; Vassilvitskii 2007, section 2.2). Runs on all cores; the same seed gives the same
/// centroids on any number of them. A cluster that comes out empty takes a member of the largest one and thereby splits it.
/// </summary>
internal static unsafe class KMeans
{
    /// <summary>More training vectors for each centroid than this change little and cost much.</summary>
    public const int MaxRowsPerCentroid = 256;

    /// <summary>Rows of one piece of parallel work.</summary>
    private const int Piece = 1024;

    /// <summary>Candidates a centroid in seeding, whose cost grows with their number times k.</summary>
    private const int SeedRowsPerCentroid = 10;

    /// <summary>Finds k centroids.</summary>
    /// <param name="rows">Row-major, shape [n, dimensions], finite, n at least 1.</param>
    /// <param name="dimensions">Length of a row.</param>
    /// <param name="k">How many centroids, at least 1; n when there are fewer rows.</param>
    /// <param name="iterations">Rounds at most; ends earlier when no row changes its cluster.</param>
    /// <param name="seed">Of the random choices.</param>
    /// <param name="balance">0 for plain k-means; else a cluster of more than this many times the average size is split, and a small one given up for it.</param>
    /// <param name="cancel">Ends the work between rounds.</param>
    /// <returns>Row-major, shape [min(k, n), dimensions].</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static float[] Train(float[] rows, int dimensions, int k, int iterations, int seed, float balance, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int n = rows.Length / dimensions;
        k = Math.Min(k, n);
        var random = new Random(seed);
        if (n / MaxRowsPerCentroid >= k)
        {
            n = k * MaxRowsPerCentroid;
            rows = Sample(rows, dimensions, n, random);
        }

        int candidates = (int)Math.Min(n, Math.Max(4096, (long)k * SeedRowsPerCentroid));
        float[] centroids = Seed(candidates < n ? Sample(rows, dimensions, candidates, random) : rows, dimensions, k, 1, random, cancel);
        Refine(rows, dimensions, centroids, iterations, random, balance, cancel);
        return centroids;
    }

    /// <summary>Moves given centroids to the means of their clusters, again and again; arguments as of <see cref="Train"/>.</summary>
    public static void Refine(float[] rows, int dimensions, float[] centroids, int iterations, Random random, float balance, CancellationToken cancel)
    {
        int n = rows.Length / dimensions, k = centroids.Length / dimensions;
        var nearest = new int[n];
        var scores = new float[n];
        var before = new int[n];
        var sizes = new int[k];
        for (int round = 0; round < iterations; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Assign(rows, new CentroidPanels(centroids, dimensions, CentroidPanels.DistanceBias(centroids, dimensions)), nearest, scores);
            if (round > 0 && nearest.AsSpan().SequenceEqual(before)) break;
            nearest.CopyTo(before, 0);
            // the last third of the rounds settles what the others have moved
            Means(rows, dimensions, nearest, centroids, sizes, round < iterations * 2 / 3 ? balance : 0, random);
        }
    }

    /// <summary>Finds the nearest centroid of each row, on all cores.</summary>
    /// <param name="rows">Row-major, shape [n, dimensions].</param>
    /// <param name="panels">The centroids.</param>
    /// <param name="nearest">Shape [n].</param>
    /// <param name="scores">Shape [n].</param>
    public static void Assign(float[] rows, CentroidPanels panels, int[] nearest, float[] scores) => Assign(rows, panels, nearest, scores, nearest.Length);

    /// <summary>The same of the first n rows.</summary>
    public static void Assign(float[] rows, CentroidPanels panels, int[] nearest, float[] scores, int n)
    {
        Parallel.For(0, (n + Piece - 1) / Piece, piece =>
        {
            int from = piece * Piece;
            fixed (float* x = rows, s = scores)
            fixed (int* to = nearest)
                panels.Nearest(x + ((nint)from * panels.Dimensions), Math.Min(Piece, n - from), to + from, s + from);
        });
    }

    /// <summary>Draws k rows by k-means++; arguments as of <see cref="Train"/>, k at most n.</summary>
    /// <param name="rows">Row-major, shape [n, dimensions].</param>
    /// <param name="dimensions">Length of a row.</param>
    /// <param name="k">How many rows.</param>
    /// <param name="trials">Rows drawn for each place, of which the one is taken that leaves the least distances: 1 for plain k-means++, more for the greedy one (section 6 of the paper).</param>
    /// <param name="random">Draws.</param>
    /// <param name="cancel">Ends the work.</param>
    public static float[] Seed(float[] rows, int dimensions, int k, int trials, Random random, CancellationToken cancel)
    {
        int n = rows.Length / dimensions, pieces = (n + Piece - 1) / Piece;
        var centroids = new float[k * dimensions];
        double[] distances = new double[n], sums = new double[pieces];
        Array.Fill(distances, double.PositiveInfinity);
        var tried = new double[trials][];
        var triedSums = new double[trials][];
        for (int t = 0; t < trials; t++) (tried[t], triedSums[t]) = (new double[n], new double[pieces]);
        var drawn = new int[trials];
        for (int c = 0; c < k; c++)
        {
            cancel.ThrowIfCancellationRequested();
            int count = c == 0 ? 1 : trials, best = 0;
            for (int t = 0; t < count; t++) drawn[t] = c == 0 ? random.Next(n) : Draw(distances, sums, random);
            if (c < k - 1 || count > 1)
            {
                Parallel.For(0, pieces, piece => Look(piece, count));
                for (int t = 1; t < count; t++)
                    if (triedSums[t].Sum() < triedSums[best].Sum()) best = t;
                (distances, tried[best]) = (tried[best], distances);
                (sums, triedSums[best]) = (triedSums[best], sums);
            }

            rows.AsSpan(drawn[best] * dimensions, dimensions).CopyTo(centroids.AsSpan(c * dimensions));
        }

        return centroids;

        void Look(int piece, int count)
        {
            for (int t = 0; t < count; t++) triedSums[t][piece] = 0;
            for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
            {
                for (int t = 0; t < count; t++)
                {
                    double d = Metric.SquaredL2(rows.AsSpan(i * dimensions, dimensions), rows.AsSpan(drawn[t] * dimensions, dimensions));
                    double least = d >= distances[i] ? distances[i] : d;
                    tried[t][i] = least;
                    triedSums[t][piece] += least;
                }
            }
        }
    }

    /// <summary>Draws a row with a chance in proportion to its squared distance; any row when all distances are zero.</summary>
    private static int Draw(double[] distances, double[] sums, Random random)
    {
        double total = 0;
        foreach (double s in sums) total += s;
        if (!(total > 0) || !double.IsFinite(total)) return random.Next(distances.Length);
        double left = random.NextDouble() * total;
        int piece = 0;
        while (piece < sums.Length - 1 && left >= sums[piece]) left -= sums[piece++];
        int last = Math.Min(distances.Length, (piece + 1) * Piece) - 1;
        int i = piece * Piece;
        while (i < last && left >= distances[i]) left -= distances[i++];
        return i;
    }

    /// <summary>Moves each centroid to the mean of its rows.</summary>
    /// <param name="rows">Row-major, shape [n, dimensions].</param>
    /// <param name="dimensions">Length of a row.</param>
    /// <param name="nearest">Shape [n].</param>
    /// <param name="centroids">Shape [k, dimensions]; moved.</param>
    /// <param name="sizes">Receives how many rows each has.</param>
    /// <param name="balance">As of <see cref="Train"/>.</param>
    /// <param name="random">Chooses members for empty clusters.</param>
    public static void Means(float[] rows, int dimensions, int[] nearest, float[] centroids, int[] sizes, float balance, Random random)
    {
        int k = sizes.Length;
        var starts = new int[k + 1];
        foreach (int c in nearest) starts[c + 1]++;
        for (int c = 0; c < k; c++)
        {
            sizes[c] = starts[c + 1];
            starts[c + 1] += starts[c];
        }

        // members in order of their row: sums do not depend on how many cores add them
        var members = new int[nearest.Length];
        int[] next = [.. starts];
        for (int i = 0; i < nearest.Length; i++) members[next[nearest[i]]++] = i;
        Parallel.For(0, k, c =>
        {
            int size = starts[c + 1] - starts[c];
            if (size == 0) return;
            var sum = new double[dimensions];
            for (int m = starts[c]; m < starts[c + 1]; m++)
            {
                var row = rows.AsSpan(members[m] * dimensions, dimensions);
                for (int i = 0; i < row.Length; i++) sum[i] += row[i];
            }

            var centroid = centroids.AsSpan(c * dimensions, dimensions);
            for (int i = 0; i < centroid.Length; i++) centroid[i] = (float)(sum[i] / size);
        });

        if (balance > 0 || sizes.AsSpan().Contains(0)) Refill(rows, dimensions, members, starts, centroids, sizes, balance, random);
    }

    private static void Refill(float[] rows, int dimensions, int[] members, int[] starts, float[] centroids, int[] sizes, float balance, Random random)
    {
        var largest = new PriorityQueue<int, int>();
        var bySize = new int[sizes.Length];
        for (int c = 0; c < sizes.Length; c++)
        {
            largest.Enqueue(c, -sizes[c]);
            bySize[c] = c;
        }

        double average = members.Length / (double)sizes.Length;
        Array.Sort((int[])sizes.Clone(), bySize);
        foreach (int c in bySize)
        {
            int big = largest.Peek();
            bool yields = balance > 0 && sizes[c] < average / 2 && sizes[big] > balance * average;
            if (sizes[c] > 0 && !yields) break;
            int member = members[starts[big] + random.Next(starts[big + 1] - starts[big])];
            rows.AsSpan(member * dimensions, dimensions).CopyTo(centroids.AsSpan(c * dimensions));
            sizes[c] = Math.Max(1, sizes[big] / 2);
            sizes[big] -= sizes[big] / 2;
            largest.DequeueEnqueue(big, -sizes[big]);
        }
    }

    /// <summary>Some of the rows, none twice.</summary>
    public static float[] Sample(float[] rows, int dimensions, int count, Random random)
    {
        int n = rows.Length / dimensions;
        var order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        var sample = new float[count * dimensions];
        for (int i = 0; i < count; i++)
        {
            int j = random.Next(i, n);
            (order[i], order[j]) = (order[j], order[i]);
            rows.AsSpan(order[i] * dimensions, dimensions).CopyTo(sample.AsSpan(i * dimensions));
        }

        return sample;
    }
}
