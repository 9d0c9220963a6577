using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests.Quantizers;

/// <summary>What the tests of all codecs share: data, exact scores in double, and codes at addresses of any alignment.</summary>
internal static unsafe class CodecBench
{
    /// <summary>Lengths that leave every rest of every width, and some long ones.</summary>
    public static int[] Lengths { get; } = [.. Enumerable.Range(1, 140), 191, 192, 193, 255, 256, 257, 300, 383, 384, 511, 512, 513, 640, 767, 768, 769, 1000, 1023, 1024, 1025, 1099, 1100];

    public static MetricKind[] Metrics { get; } = [MetricKind.Cosine, MetricKind.Dot, MetricKind.SquaredL2];

    public static float[] Gauss(Random random, int d, double scale = 1)
    {
        var x = new float[d];
        for (int i = 0; i < d; i++) x[i] = (float)(scale * Normal(random));
        return x;
    }

    public static float[] Unit(Random random, int d)
    {
        float[] x = Gauss(random, d);
        Metric.Normalize(x);
        return x;
    }

    /// <summary>A vector fit for the metric: of length 1 under cosine.</summary>
    public static float[] Vector(Random random, int d, MetricKind metric, double scale = 1) => metric == MetricKind.Cosine ? Unit(random, d) : Gauss(random, d, scale);

    /// <summary>Gaussian clusters of unequal weight, of length 1 under cosine.</summary>
    public static ReadOnlyMemory<float>[] Clustered(int n, int d, MetricKind metric, int seed)
    {
        var random = new Random(seed);
        float[][] centres = [.. Enumerable.Range(0, 40).Select(_ => Gauss(random, d))];
        return [.. Enumerable.Range(0, n).Select(_ =>
        {
            float[] centre = centres[(int)(40 * random.NextDouble() * random.NextDouble())];
            float[] x = Gauss(random, d, 0.6);
            for (int i = 0; i < d; i++) x[i] += centre[i];
            if (metric == MetricKind.Cosine) Metric.Normalize(x);
            return (ReadOnlyMemory<float>)x;
        })];
    }

    public static double Exact(MetricKind metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += metric == MetricKind.SquaredL2 ? -((double)x[i] - y[i]) * ((double)x[i] - y[i]) : (double)x[i] * y[i];
        return sum;
    }

    /// <summary>Scores rows by both ways a codec has, with codes at an odd address; fails when the two ways differ.</summary>
    public static float[] Scores(VectorCodec codec, ReadOnlySpan<float> query, IReadOnlyList<ReadOnlyMemory<float>> rows, int misaligned = 0) =>
        Scores(codec, [query.ToArray()], rows, misaligned)[0];

    /// <summary>The same for several queries.</summary>
    public static float[][] Scores(VectorCodec codec, float[][] queries, IReadOnlyList<ReadOnlyMemory<float>> rows, int misaligned = 0)
    {
        int stride = codec.CodeBytes + 4;
        byte* codes = (byte*)NativeMemory.AlignedAlloc((nuint)((stride * rows.Count) + 64), 64);
        byte* prepared = (byte*)NativeMemory.AlignedAlloc((nuint)(codec.QueryBytes + 64), 64);
        try
        {
            for (int i = 0; i < rows.Count; i++) codec.Encode(rows[i].Span, new Span<byte>(codes + misaligned + (i * stride), codec.CodeBytes));
            int[] all = [.. Enumerable.Range(0, rows.Count)];
            return [.. queries.Select(query =>
            {
                codec.Prepare(query, new Span<byte>(prepared, codec.QueryBytes));
                var (run, gathered) = (new float[rows.Count], new float[rows.Count]);
                codec.ScoreRun(prepared, codes + misaligned, stride, run);
                codec.Score(prepared, codes + misaligned, stride, all, gathered);
                Assert.True(run.AsSpan().SequenceEqual(gathered));
                return run;
            })];
        }
        finally
        {
            NativeMemory.AlignedFree(codes);
            NativeMemory.AlignedFree(prepared);
        }
    }

    public static float[] Decoded(VectorCodec codec, ReadOnlySpan<float> vector)
    {
        var code = new byte[codec.CodeBytes];
        var back = new float[codec.Dimensions];
        codec.Encode(vector, code);
        codec.Decode(code, back);
        return back;
    }

    /// <summary>Recall@10 when the best 100 by code are scored again on the vectors.</summary>
    public static double Recall(VectorCodec codec, ReadOnlyMemory<float>[] rows, int queries)
    {
        int found = 0;
        float[][] asked = [.. Enumerable.Range(0, queries).Select(q =>
        {
            // a query near the data, but not of it
            var random = new Random(q);
            float[] query = rows[random.Next(rows.Length)].ToArray();
            float[] noise = Gauss(random, query.Length, 0.3 * Math.Sqrt(Metric.Dot(query, query) / query.Length));
            for (int i = 0; i < query.Length; i++) query[i] += noise[i];
            if (codec.Metric == MetricKind.Cosine) Metric.Normalize(query);
            return query;
        })];
        float[][] scores = Scores(codec, asked, rows);
        for (int q = 0; q < queries; q++)
        {
            double[] exact = [.. rows.Select(r => Exact(codec.Metric, asked[q], r.Span))];
            var truth = Enumerable.Range(0, rows.Length).OrderByDescending(i => exact[i]).Take(10);
            var hits = Enumerable.Range(0, rows.Length).OrderByDescending(i => scores[q][i]).Take(100).OrderByDescending(i => exact[i]).Take(10);
            found += truth.Intersect(hits).Count();
        }

        return found / (10.0 * queries);
    }

    /// <summary>Codecs of any kind must take zeros and equal components, and refuse sizes that make no sense.</summary>
    public static void Degenerate(VectorCodec codec)
    {
        int d = codec.Dimensions;
        var zero = new float[d];
        float[] ones = [.. Enumerable.Repeat(1f, d)], spike = new float[d];
        spike[d / 2] = 1;
        foreach (float[] query in new[] { zero, ones, spike })
            foreach (float score in Scores(codec, query, [zero, ones, spike])) Assert.True(float.IsFinite(score));
        float[] huge = [.. Enumerable.Repeat(3e38f, d)];
        foreach (float score in Scores(codec, huge, [huge, zero])) Assert.False(float.IsNaN(score));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
