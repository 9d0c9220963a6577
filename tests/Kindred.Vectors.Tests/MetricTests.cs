using CsCheck;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

public class MetricTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 257)];

    [Theory, MemberData(nameof(Lengths))]
    public void Dot_and_SquaredL2_equal_MathNet(int n)
    {
        var random = new Random(n);
        var (x, y) = (Whole(), Whole());
        double dot = 0;
        for (int i = 0; i < n; i++) dot += (double)x[i] * y[i];
        Assert.Equal((float)dot, Metric.Dot(x, y));
        Assert.Equal(n == 0 ? 0 : MathNet.Numerics.Distance.SSD(x, y), Metric.SquaredL2(x, y));

        // small whole numbers: each partial sum is exact in float, so any order of addition gives the same bits
        float[] Whole() => [.. Enumerable.Range(0, n).Select(_ => (float)random.Next(-32, 33))];
    }

    [Fact]
    public void Dot_stays_within_the_rounding_bound_at_any_alignment() => Gen.Select(Gen.Float[-10, 10].Array[0, 600], Gen.Int[0, 7]).Sample(
        (values, offset) =>
        {
            int n = Math.Max(0, (values.Length / 2) - offset);
            var x = values.AsSpan(Math.Min(offset, values.Length), n);
            var y = values.AsSpan(values.Length - n, n);
            double exact = 0, size = 0;
            for (int i = 0; i < n; i++)
            {
                exact += (double)x[i] * y[i];
                size += Math.Abs((double)x[i] * y[i]);
            }

            // Higham 2002, section 3.1: n·u·Σ|x·y| with u = 2^-24 bounds any order of addition
            return Math.Abs(Metric.Dot(x, y) - exact) <= ((n + 2) * Math.Pow(2, -24) * size) + 1e-30;
        });

    [Theory, MemberData(nameof(Lengths))]
    public void Cosine_equals_MathNet_at_any_length_and_scale(int n)
    {
        if (n == 0)
        {
            Assert.Equal(0, Metric.Cosine([], []));
            return;
        }

        var random = new Random(n);
        double[] x = Values(), y = Values();
        double expected = 1 - MathNet.Numerics.Distance.Cosine(x, y);
        foreach (float scale in new[] { 1e-20f, 1f, 1e30f })
        {
            Assert.Equal(expected, Metric.Cosine([.. x.Select(v => (float)v * scale)], [.. y.Select(v => (float)v * scale)]), 1e-6);
        }

        double[] Values() => [.. Enumerable.Range(0, n).Select(_ => (double)(random.NextSingle() - 0.3f))];
    }

    [Fact]
    public void Cosine_of_a_vector_with_itself_is_one_at_any_scale()
    {
        foreach (float scale in new[] { 1e-30f, 1f, 1e18f })
        {
            float[] x = [3 * scale, -4 * scale, 12 * scale];
            Assert.Equal(1f, Metric.Cosine(x, x), 1e-6f);
            Assert.True(Metric.Cosine(x, x) <= 1);
        }

        Assert.Equal(0, Metric.Cosine([0, 0], [1, 2]));
    }

    [Theory, MemberData(nameof(Lengths))]
    public void IndexOfNonFinite_finds_the_one_bad_component(int n)
    {
        var x = new float[n];
        Assert.Equal(-1, Metric.IndexOfNonFinite(x));
        for (int i = 0; i < n; i += 3)
        {
            Array.Clear(x);
            x[i] = i % 2 == 0 ? float.NaN : float.NegativeInfinity;
            Assert.Equal(i, Metric.IndexOfNonFinite(x));
        }
    }

    [Fact]
    public void Different_lengths_are_refused() => Assert.Throws<ArgumentException>(() => Metric.Dot([1], [1, 2]));
}
