using CsCheck;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests.Quantizers;

public class ScalarCodecTests
{
    [Theory, InlineData(8), InlineData(4)]
    public void A_component_or_the_vector_is_off_by_no_more_than_documented(int bits) => Gen.Select(Gen.Float[-100, 100].Array[1, 300], Gen.Enum<MetricKind>()).Sample(
        (x, metric) =>
        {
            float[] back = CodecBench.Decoded(new ScalarCodec(x.Length, metric, bits), x);
            double range = (double)x.Max() - x.Min();
            if (bits == 8) return x.Zip(back, (a, b) => Math.Abs((double)a - b)).Max() <= (range / 510) + 1e-4;
            return -CodecBench.Exact(MetricKind.SquaredL2, x, back) <= (x.Length * Math.Pow(range / 30, 2)) + 1e-3;
        });

    [Theory, InlineData(8), InlineData(4)]
    public void A_score_is_that_of_the_decoded_vector_at_every_length_and_alignment(int bits)
    {
        foreach (int d in CodecBench.Lengths)
        {
            var random = new Random(d);
            foreach (var metric in CodecBench.Metrics)
            {
                ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 9).Select(_ => (ReadOnlyMemory<float>)CodecBench.Vector(random, d, metric, 3))];
                var codec = ScalarCodec.Train(rows, d, metric, bits);
                float[] query = CodecBench.Vector(random, d, metric, 3);
                float[] scores = CodecBench.Scores(codec, query, rows, d % 8);
                for (int i = 0; i < rows.Length; i++)
                {
                    float[] back = CodecBench.Decoded(codec, rows[i].Span);
                    double exact = CodecBench.Exact(metric, query, back);

                    // a query's component is off by half a step of max|q| / 32767 here, where the lengths leave it all 16 bits, and twice that where not
                    double size = Math.Sqrt((double)Metric.Dot(query, query) * Metric.Dot(back, back)) + Metric.Dot(query, query) + Metric.Dot(back, back);
                    Assert.True(Math.Abs(exact - scores[i]) <= 2e-4 * size, $"d {d}, {metric}: {scores[i]} for {exact}");
                }
            }
        }
    }

    [Theory]
    [InlineData(8, 100, MetricKind.Cosine, 108)]
    [InlineData(8, 100, MetricKind.SquaredL2, 112)]
    [InlineData(4, 100, MetricKind.Cosine, 60)]
    [InlineData(4, 128, MetricKind.SquaredL2, 76)]
    [InlineData(8, 1, MetricKind.Dot, 40)]
    public void A_code_is_as_long_as_it_must_be(int bits, int d, MetricKind metric, int bytes) => Assert.Equal(bytes, new ScalarCodec(d, metric, bits).CodeBytes);

    [Theory]
    [InlineData(8, 0.99)]
    [InlineData(4, 0.95)]
    public void Recall_with_rescoring(int bits, double least)
    {
        foreach (var metric in CodecBench.Metrics)
        {
            var rows = CodecBench.Clustered(5000, 50, metric, 11);
            double recall = CodecBench.Recall(ScalarCodec.Train(rows[..2000], 50, metric, bits), rows, 20);
            Assert.True(recall >= least, $"{metric}: {recall}");
        }
    }

    /// <summary>apache/lucene PR 13526, facebookresearch/faiss 1559: one row of a hundred times the size costs the others nothing.</summary>
    [Theory, InlineData(8), InlineData(4)]
    public void A_huge_row_costs_the_others_nothing(int bits)
    {
        var rows = CodecBench.Clustered(5000, 64, MetricKind.SquaredL2, 5);
        var without = ScalarCodec.Train(rows, 64, MetricKind.SquaredL2, bits);
        double before = CodecBench.Recall(without, rows, 10);
        rows[17] = rows[17].ToArray().Select(v => v * 100).ToArray();
        var with = ScalarCodec.Train(rows[..200], 64, MetricKind.SquaredL2, bits);
        Assert.True(CodecBench.Recall(with, rows, 10) >= before - 0.02);

        // and of 5,000 rows none is kept much worse than before
        double worst = Enumerable.Range(100, 500).Max(i => CodecBench.Exact(MetricKind.SquaredL2, rows[i].Span, CodecBench.Decoded(without, rows[i].Span))
            / CodecBench.Exact(MetricKind.SquaredL2, rows[i].Span, CodecBench.Decoded(with, rows[i].Span)));
        Assert.True(worst > 0.2, $"{worst}");
    }

    [Theory, InlineData(8), InlineData(4)]
    public void Sums_do_not_overflow_at_the_longest_vectors(int bits)
    {
        const int D = 65_536;
        float[] ones = [.. Enumerable.Repeat(1f, D)], half = [.. Enumerable.Range(0, D).Select(i => i == 0 ? 0f : 1)];
        float[] scores = CodecBench.Scores(new ScalarCodec(D, MetricKind.Dot, bits), ones, [ones, half]);
        Assert.Equal(D, scores[0], D * 1e-3f);
        Assert.Equal(D - 1, scores[1], D * 1e-3f);
    }

    [Fact]
    public void Degenerate_vectors_are_kept_and_wrong_sizes_refused()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            foreach (int d in new[] { 1, 3, 70 })
            {
                CodecBench.Degenerate(new ScalarCodec(d, metric, 8));
                CodecBench.Degenerate(new ScalarCodec(d, metric, 4));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new ScalarCodec(0, MetricKind.Dot, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScalarCodec(65_537, MetricKind.Dot, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScalarCodec(4, MetricKind.Dot, 5));
        Assert.Throws<ArgumentException>(() => ScalarCodec.Train([new float[3]], 4, MetricKind.Dot, 8));
        Assert.Contains("Component 1", Assert.Throws<ArgumentException>(() => ScalarCodec.Train([new[] { 0, float.NaN }], 2, MetricKind.Dot, 8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_saved_scores_the_same_when_loaded()
    {
        var rows = CodecBench.Clustered(50, 20, MetricKind.SquaredL2, 3);
        foreach (int bits in new[] { 4, 8 })
        {
            var codec = ScalarCodec.Train(rows, 20, MetricKind.SquaredL2, bits);
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) codec.Save(writer);
            stream.Position = 0;
            var loaded = ScalarCodec.Load(new BinaryReader(stream), 20, MetricKind.SquaredL2);
            Assert.Equal(stream.Length, stream.Position);
            Assert.Equal(CodecBench.Scores(codec, rows[0].Span, rows), CodecBench.Scores(loaded, rows[0].Span, rows));
        }
    }
}
