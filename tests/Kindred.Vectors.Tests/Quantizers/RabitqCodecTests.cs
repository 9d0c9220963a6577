using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests.Quantizers;

public class RabitqCodecTests
{
    public static TheoryData<int> AllBits => [1, 2, 3, 4, 5, 6, 7];

    [Fact]
    public void A_rotation_keeps_products_and_turns_back()
    {
        foreach (int d in new[] { 1, 64, 65, 100, 128, 192, 300, 768, 1100 })
        {
            var random = new Random(d);
            var rotation = new HadamardRotation(d, (ulong)d);
            float[] x = CodecBench.Gauss(random, rotation.Size), y = CodecBench.Gauss(random, rotation.Size);
            float[] a = [.. x], b = [.. y];
            rotation.Apply(a);
            rotation.Apply(b);
            Assert.Equal(Metric.Dot(x, y), Metric.Dot(a, b), 1e-5 * rotation.Size);
            rotation.Undo(a);
            for (int i = 0; i < x.Length; i++) Assert.Equal(x[i], a[i], 1e-4f);

            // a single spike is spread: no component keeps a large share of it
            var spike = new float[rotation.Size];
            spike[d / 3] = 1;
            rotation.Apply(spike);
            Assert.True(spike.Max(Math.Abs) < 6 / Math.Sqrt(rotation.Size), $"d {d}: {spike.Max(Math.Abs)}");
        }
    }

    [Theory, MemberData(nameof(AllBits))]
    public void The_estimate_is_right_on_average_over_rotations(int bits)
    {
        const int D = 100, Rotations = 400;
        foreach (var metric in CodecBench.Metrics)
        {
            var random = new Random(bits);
            float[] x = CodecBench.Vector(random, D, metric), near = [.. x.Zip(CodecBench.Vector(random, D, metric), (a, b) => a + (0.5f * b))];
            if (metric == MetricKind.Cosine) Metric.Normalize(near);
            double exact = CodecBench.Exact(metric, near, x), sum = 0, squares = 0;
            for (int seed = 0; seed < Rotations; seed++)
            {
                double error = CodecBench.Scores(RabitqCodec.Train([], D, metric, bits, seed), near, [x])[0] - exact;
                sum += error;
                squares += error * error;
            }

            double mean = sum / Rotations, deviation = Math.Sqrt((squares / Rotations) - (mean * mean));
            Assert.True(Math.Abs(mean) <= 4 * deviation / Math.Sqrt(Rotations), $"{metric}: mean {mean}, deviation {deviation}");
        }
    }

    [Theory, MemberData(nameof(AllBits))]
    public void The_bound_holds_at_the_stated_rate_and_is_not_loose(int bits)
    {
        foreach (int d in new[] { 60, 100, 200 })
        {
            foreach (var metric in CodecBench.Metrics)
            {
                var rows = CodecBench.Clustered(400, d, metric, d);
                var codec = RabitqCodec.Train(rows, d, metric, bits);
                int held = 0, heldThird = 0, all = 0;
                for (int q = 0; q < 10; q++)
                {
                    float[] query = CodecBench.Vector(new Random(q), d, metric);
                    float[] scores = CodecBench.Scores(codec, query, rows);
                    var prepared = new byte[codec.QueryBytes];
                    var code = new byte[codec.CodeBytes];
                    codec.Prepare(query, prepared);
                    for (int i = 0; i < rows.Length; i++)
                    {
                        codec.Encode(rows[i].Span, code);
                        double error = Math.Abs(scores[i] - CodecBench.Exact(metric, query, rows[i].Span));
                        float bound = codec.Bound(prepared, code);
                        if (error <= bound + 1e-5) held++;
                        if (error <= bound / 3) heldThird++;
                        all++;
                    }
                }

                // three standard deviations: 99.7 %; one: 68 %
                Assert.True(held >= 0.99 * all, $"{d} {metric}: {held} of {all}");
                Assert.True(heldThird <= 0.85 * all, $"{d} {metric}: {heldThird} of {all} within one deviation");
            }
        }
    }

    [Fact]
    public void Scores_agree_with_the_codes_own_formula_at_every_length_and_alignment()
    {
        foreach (int d in CodecBench.Lengths)
        {
            var random = new Random(d);
            int bits = 1 + (d % 7);
            var metric = CodecBench.Metrics[d % 3];
            ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 5).Select(_ => (ReadOnlyMemory<float>)CodecBench.Vector(random, d, metric))];
            var codec = RabitqCodec.Train(rows[..2], d, metric, bits);
            float[] query = CodecBench.Vector(random, d, metric);
            float[] scores = CodecBench.Scores(codec, query, rows, d % 8);
            var prepared = new byte[codec.QueryBytes];
            var code = new byte[codec.CodeBytes];
            codec.Prepare(query, prepared);
            for (int i = 0; i < rows.Length; i++)
            {
                codec.Encode(rows[i].Span, code);
                double error = Math.Abs(scores[i] - CodecBench.Exact(metric, query, rows[i].Span));
                Assert.True(error <= (2 * codec.Bound(prepared, code)) + 1e-4, $"d {d}, {bits} bits, {metric}: off by {error}, bound {codec.Bound(prepared, code)}");
            }
        }
    }

    [Theory, MemberData(nameof(AllBits))]
    public void Decoding_loses_about_what_theory_says(int bits)
    {
        const int D = 128;
        var random = new Random(bits);
        var codec = RabitqCodec.Train([], D, MetricKind.SquaredL2, bits);
        double lost = 0, all = 0;
        for (int i = 0; i < 50; i++)
        {
            float[] x = CodecBench.Gauss(random, D);
            lost -= CodecBench.Exact(MetricKind.SquaredL2, x, CodecBench.Decoded(codec, x));
            all += Metric.Dot(x, x);
        }

        // distortion of the best uniform quantiser of a Gaussian (Max 1960, table II), with a tenth to spare
        double[] max = [0.3634, 0.1188, 0.03744, 0.01154, 0.003495, 0.001041, 0.0003035];
        Assert.True(lost / all <= 1.1 * max[bits - 1], $"{lost / all} of {max[bits - 1]}");
    }

    [Fact]
    public void Recall_with_rescoring()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            var rows = CodecBench.Clustered(5000, 100, metric, 11);
            var codec = RabitqCodec.Train(rows[..2000], 100, metric);
            Assert.Equal(28, codec.CodeBytes);
            double recall = CodecBench.Recall(codec, rows, 20);
            Assert.True(recall >= 0.9, $"{metric}: {recall}");
        }
    }

    [Fact]
    public void More_bits_come_nearer()
    {
        var rows = CodecBench.Clustered(300, 96, MetricKind.Cosine, 2);
        double before = double.PositiveInfinity;
        for (int bits = 1; bits <= 7; bits++)
        {
            float[] scores = CodecBench.Scores(RabitqCodec.Train(rows, 96, MetricKind.Cosine, bits), rows[7].Span, rows);
            double error = Math.Sqrt(rows.Select((r, i) => Math.Pow(scores[i] - CodecBench.Exact(MetricKind.Cosine, rows[7].Span, r.Span), 2)).Average());
            Assert.True(error < 0.7 * before, $"{bits} bits: {error} after {before}");
            before = error;
        }
    }

    [Fact]
    public void Degenerate_vectors_are_kept_and_wrong_sizes_refused()
    {
        foreach (var metric in CodecBench.Metrics)
            foreach (int d in new[] { 1, 3, 70 })
                foreach (int bits in new[] { 1, 4 }) CodecBench.Degenerate(RabitqCodec.Train([], d, metric, bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => RabitqCodec.Train([], 0, MetricKind.Dot));
        Assert.Throws<ArgumentOutOfRangeException>(() => RabitqCodec.Train([], 4, MetricKind.Dot, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => RabitqCodec.Train([], 4, MetricKind.Dot, 0));
        Assert.Throws<ArgumentException>(() => RabitqCodec.Train([new float[3]], 4, MetricKind.Dot));
    }

    [Fact]
    public void What_is_saved_scores_the_same_when_loaded()
    {
        var rows = CodecBench.Clustered(50, 20, MetricKind.SquaredL2, 3);
        var codec = RabitqCodec.Train(rows, 20, MetricKind.SquaredL2, 3, 99);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) codec.Save(writer);
        stream.Position = 0;
        var loaded = RabitqCodec.Load(new BinaryReader(stream), 20, MetricKind.SquaredL2);
        Assert.Equal(stream.Length, stream.Position);
        Assert.Equal(CodecBench.Scores(codec, rows[0].Span, rows), CodecBench.Scores(loaded, rows[0].Span, rows));
    }
}
