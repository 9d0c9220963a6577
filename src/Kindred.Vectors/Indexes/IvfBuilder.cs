using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>Trains an inverted index and gives it its vectors.</summary>
internal static unsafe class IvfBuilder
{
    /// <summary>Rows a centroid is trained with: training is most of the time of a build and grows with them, but with half as many a search on words reads a tenth more rows for the same recall.</summary>
    private const int TrainingRows = 96;

    /// <summary>Rows whose rest after their centroid a codec learns from.</summary>
    private const int CodecRows = 65_536;

    private const int Piece = 1024;

    public static void Check(VectorCodec codec, IvfOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Lists);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Lists, IvfIndex.MaxLists);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Iterations, 1);
        if (!(options.Balance >= 0)) throw new ArgumentOutOfRangeException(nameof(options), options.Balance, "Balance must be 0 or more.");
        if (options.Rescorer is { } second && (second.Dimensions != codec.Dimensions || second.Metric != codec.Metric))
            throw new ArgumentException($"The rescorer is for {second.Metric} of {second.Dimensions} dimensions, the codec for {codec.Metric} of {codec.Dimensions}.", nameof(options));
    }

    /// <summary>An index with centroids and a codec that has learned what is left after them, and no rows.</summary>
    public static IvfIndex Train(IReadOnlyList<ReadOnlyMemory<float>> vectors, VectorCodec codec, IvfOptions options, CancellationToken cancel)
    {
        int n = vectors.Count, d = codec.Dimensions;
        if (n == 0) return new IvfIndex(codec.IsExact ? codec : codec.ForLists(new float[d], new float[d], options.Seed, cancel), options.Rescorer, new float[d]);
        int lists = Math.Min(n, options.Lists > 0 ? options.Lists : (int)Math.Clamp(6 * Math.Sqrt(n), 1, IvfIndex.MaxLists));
        int sample = (int)Math.Min(Math.Min(n, (long)lists * TrainingRows), Array.MaxLength / d);
        lists = Math.Min(lists, sample);
        var rows = new float[sample * d];
        var random = new Random(options.Seed);
        var order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = 0; i < sample; i++)
        {
            int j = random.Next(i, n);
            (order[i], order[j]) = (order[j], order[i]);
            var row = rows.AsSpan(i * d, d);
            vectors[order[i]].Span.CopyTo(row);
            if (codec.Metric == MetricKind.Cosine) Metric.Normalize(row);
        }

        float[] centroids = KMeans.Train(rows, d, lists, options.Iterations, options.Seed, options.Balance, cancel);
        return new IvfIndex(codec.IsExact ? codec : ForLists(codec, rows, centroids, options.Seed, cancel), options.Rescorer, centroids);
    }

    /// <summary>Files all vectors in their lists, on all cores.</summary>
    public static void Fill(IvfIndex index, IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<long> ids, CancellationToken cancel)
    {
        int n = vectors.Count, d = index.Dimensions, pieces = (n + Piece - 1) / Piece;
        var nearest = new int[n];
        var parallel = new ParallelOptions { CancellationToken = cancel };
        Parallel.For(0, pieces, parallel, piece =>
        {
            int from = piece * Piece, count = Math.Min(Piece, n - from);
            var rows = new float[Math.Min(count, CentroidPanels.Rows) * d];
            var scores = new float[CentroidPanels.Rows];
            fixed (float* x = rows, s = scores)
            fixed (int* to = nearest)
            {
                for (int at = 0; at < count; at += CentroidPanels.Rows)
                {
                    int some = Math.Min(CentroidPanels.Rows, count - at);
                    for (int i = 0; i < some; i++) index.Own(vectors[from + at + i].Span, x + (i * d));
                    index.Panels.Nearest(x, some, to + from + at, s);
                }
            }
        });

        // rows in the order of the vectors, whichever core codes them
        var counts = new int[index.Lists];
        var rowOf = new int[n];
        for (int i = 0; i < n; i++) rowOf[i] = counts[nearest[i]]++;
        var layout = new IvfLayout(0, counts, index.Codec.ListCodeBytes, index.Rescorer?.CodeBytes ?? 0);
        index.Settle(new IvfMemory(layout.End), layout, counts);
        Parallel.For(0, pieces, parallel, piece =>
        {
            var own = new float[d];
            fixed (float* x = own)
            {
                for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
                {
                    index.Own(vectors[i].Span, x);
                    var list = index.List(nearest[i]);
                    list.Ids[rowOf[i]] = ids[i];
                    index.Codec.EncodeInList(own, index.Centroid(nearest[i]), list.Code(rowOf[i]));
                    index.Rescorer?.Encode(own, list.ExactCode(rowOf[i]));
                }
            }
        });
    }

    private static VectorCodec ForLists(VectorCodec codec, float[] rows, float[] centroids, int seed, CancellationToken cancel)
    {
        int d = codec.Dimensions, n = Math.Min(rows.Length / d, CodecRows), lists = centroids.Length / d;
        float[] rest = rows[..(n * d)];
        var nearest = new int[n];
        KMeans.Assign(rest, new CentroidPanels(centroids, d, CentroidPanels.DistanceBias(centroids, d)), nearest, new float[n]);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < d; j++) rest[(i * d) + j] -= centroids[(nearest[i] * d) + j];
        }

        var mean = new float[d];
        for (int i = 0; i < centroids.Length; i++) mean[i % d] += centroids[i] / lists;
        return codec.ForLists(rest, mean, seed, cancel);
    }
}
