using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests.Quantizers;

public class ProductCodecTests
{
    [Fact]
    public void A_score_is_that_of_the_decoded_vector_at_every_length_and_alignment()
    {
        foreach (int d in CodecBench.Lengths.Where(d => d % 7 == 1 || d < 20))
        {
            var random = new Random(d);
            var metric = CodecBench.Metrics[d % 3];
            ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 40).Select(_ => (ReadOnlyMemory<float>)CodecBench.Vector(random, d, metric))];
            var codec = Train(rows[..20], d, metric, Math.Max(1, d / 5), rotate: d is > 5 and < 60 && d % 2 == 0);
            float[] query = CodecBench.Vector(random, d, metric);
            float[] scores = CodecBench.Scores(codec, query, rows, d % 8);
            for (int i = 0; i < rows.Length; i++)
            {
                double exact = CodecBench.Exact(metric, query, CodecBench.Decoded(codec, rows[i].Span));
                double size = Metric.Dot(query, query) + Metric.Dot(rows[i].Span, rows[i].Span);
                Assert.True(Math.Abs(exact - scores[i]) <= 1e-5 * size, $"d {d}, {metric}: {scores[i]} for {exact}");
            }
        }
    }

    [Fact]
    public void As_many_centroids_as_rows_keep_every_row()
    {
        // 200 rows, 256 centroids: each row is one
        var rows = CodecBench.Clustered(200, 12, MetricKind.SquaredL2, 4);
        var codec = Train(rows, 12, MetricKind.SquaredL2, 3);
        foreach (var row in rows) Assert.Equal(0, CodecBench.Exact(MetricKind.SquaredL2, row.Span, CodecBench.Decoded(codec, row.Span)), 1e-9);
    }

    [Fact]
    public void Recall_with_rescoring()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            var rows = CodecBench.Clustered(5000, 48, metric, 11);
            double recall = CodecBench.Recall(Train(rows, 48, metric, 16), rows, 20);
            Assert.True(recall >= 0.9, $"{metric}: {recall}");
        }
    }

    [Fact]
    public void A_rotation_loses_less_where_components_depend_on_each_other()
    {
        // eight numbers seen through a random 32 × 8 matrix, and little noise: no cut along the components fits
        var random = new Random(1);
        float[][] mix = [.. Enumerable.Range(0, 32).Select(_ => CodecBench.Gauss(random, 8))];
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 3000).Select(_ =>
        {
            float[] few = CodecBench.Gauss(random, 8);
            return (ReadOnlyMemory<float>)mix.Select(m => Metric.Dot(m, few) + (0.05f * random.NextSingle())).ToArray();
        })];
        double plain = Loss(Train(rows, 32, MetricKind.SquaredL2, 4)), rotated = Loss(Train(rows, 32, MetricKind.SquaredL2, 4, rotate: true));
        Assert.True(rotated < 0.9 * plain, $"{rotated} against {plain}");

        double Loss(ProductCodec codec) => rows.Sum(r => -CodecBench.Exact(MetricKind.SquaredL2, r.Span, CodecBench.Decoded(codec, r.Span)));
    }

    [Theory, InlineData(1), InlineData(5), InlineData(20)]
    public void The_orthogonal_factor_equals_that_of_MathNets_decomposition(int d)
    {
        var random = new Random(d);
        float[] matrix = CodecBench.Gauss(random, d * d, 3);
        float[] factor = OptimizedRotation.OrthogonalFactor(matrix, d);
        var svd = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(d, d, (i, j) => matrix[(i * d) + j]).Svd();
        var expected = svd.U * svd.VT;
        for (int i = 0; i < d; i++)
            for (int j = 0; j < d; j++) Assert.Equal(expected[i, j], factor[(i * d) + j], 2e-3);
    }

    [Fact]
    public void A_singular_matrix_still_gives_a_rotation()
    {
        foreach (float[] matrix in new[] { new float[16], [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] })
        {
            float[] factor = OptimizedRotation.OrthogonalFactor(matrix, 4);
            float[] gram = OptimizedRotation.Multiply(factor, factor, 4, 4, 4);
            for (int i = 0; i < 16; i++) Assert.Equal(i % 5 == 0 ? 1 : 0, gram[i], 1e-4f);
        }
    }

    [Fact]
    public void Training_is_the_same_for_the_same_seed()
    {
        var rows = CodecBench.Clustered(600, 10, MetricKind.Dot, 3);
        byte[] a = Saved(Train(rows, 10, MetricKind.Dot, 3, rotate: true, seed: 5)), b = Saved(Train(rows, 10, MetricKind.Dot, 3, rotate: true, seed: 5));
        Assert.Equal(a, b);
        Assert.NotEqual(a, Saved(Train(rows, 10, MetricKind.Dot, 3, rotate: true, seed: 6)));

        static byte[] Saved(ProductCodec codec)
        {
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream)) codec.Save(writer);
            return stream.ToArray();
        }
    }

    [Fact]
    public void Degenerate_vectors_are_kept_and_wrong_sizes_refused()
    {
        foreach (var metric in CodecBench.Metrics)
            CodecBench.Degenerate(Train([new float[7], new float[] { 1, 2, 3, 4, 5, 6, 7 }], 7, metric, 2));
        Assert.Throws<ArgumentException>(() => Train([], 4, MetricKind.Dot, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train([new float[4]], 4, MetricKind.Dot, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train([new float[4]], 4, MetricKind.Dot, 0));
        Assert.Throws<ArgumentException>(() => Train([new float[3]], 4, MetricKind.Dot, 2));
        Assert.Throws<ArgumentException>(() => Train([new[] { 0, float.NaN }], 2, MetricKind.Dot, 2));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => ProductCodec.Train(CodecBench.Clustered(300, 4, MetricKind.Dot, 1), 4, MetricKind.Dot, 2, cancel: cancelled.Token));
    }

    [Fact]
    public void What_is_saved_scores_the_same_when_loaded()
    {
        var rows = CodecBench.Clustered(300, 20, MetricKind.SquaredL2, 3);
        foreach (bool rotate in new[] { false, true })
        {
            var codec = Train(rows, 20, MetricKind.SquaredL2, 6, rotate);
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) codec.Save(writer);
            stream.Position = 0;
            var loaded = ProductCodec.Load(new BinaryReader(stream), 20, MetricKind.SquaredL2);
            Assert.Equal(stream.Length, stream.Position);
            Assert.Equal(CodecBench.Scores(codec, rows[0].Span, rows), CodecBench.Scores(loaded, rows[0].Span, rows));
        }
    }

    private static ProductCodec Train(IReadOnlyList<ReadOnlyMemory<float>> sample, int d, MetricKind metric, int parts, bool rotate = false, int seed = 1) =>
        ProductCodec.Train(sample, d, metric, parts, rotate, seed, TestContext.Current.CancellationToken);
}
