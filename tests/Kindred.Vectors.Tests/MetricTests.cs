using System.Runtime.InteropServices;
using CsCheck;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

public class MetricTests
{
    private const int Longest = 1100;

    /// <summary>Starts to try: past one vector of the widest, in bytes and in halves no multiple of any.</summary>
    private const int Offsets = 17;

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
    public void Every_float_kernel_is_within_its_rounding_bound_of_double_at_every_length_and_start()
    {
        var random = new Random(11);
        float[] x = Values(), y = Values();
        Half[] hx = [.. x.Select(v => (Half)v)], hy = [.. y.Select(v => (Half)v)];
        double[] wx = [.. x.Select(v => (double)v)], wy = [.. y.Select(v => (double)v)];
        double[] whx = [.. hx.Select(v => (double)v)], why = [.. hy.Select(v => (double)v)];
        for (int n = 0; n <= Longest; n++)
        {
            int at = n % Offsets, to = (n / Offsets) % Offsets;
            Check(Metric.Dot(x.AsSpan(at, n), y.AsSpan(to, n)), wx.AsSpan(at, n), wy.AsSpan(to, n), (a, b) => a * b);
            Check(Metric.SquaredL2(x.AsSpan(at, n), y.AsSpan(to, n)), wx.AsSpan(at, n), wy.AsSpan(to, n), (a, b) => (a - b) * (a - b));
            Check(Metric.Manhattan(x.AsSpan(at, n), y.AsSpan(to, n)), wx.AsSpan(at, n), wy.AsSpan(to, n), (a, b) => Math.Abs(a - b));
            Check(HalfMetric.Dot(hx.AsSpan(at, n), hy.AsSpan(to, n)), whx.AsSpan(at, n), why.AsSpan(to, n), (a, b) => a * b);
            Check(HalfMetric.SquaredL2(hx.AsSpan(at, n), hy.AsSpan(to, n)), whx.AsSpan(at, n), why.AsSpan(to, n), (a, b) => (a - b) * (a - b));
            Assert.Equal(Cosine(wx.AsSpan(at, n), wy.AsSpan(to, n)), Metric.Cosine(x.AsSpan(at, n), y.AsSpan(to, n)), 1e-6);
            Assert.Equal(Cosine(whx.AsSpan(at, n), why.AsSpan(to, n)), HalfMetric.Cosine(hx.AsSpan(at, n), hy.AsSpan(to, n)), 3e-5);
        }

        float[] Values() => [.. Enumerable.Range(0, Longest + Offsets).Select(_ => (random.NextSingle() - 0.4f) * 3)];

        static void Check(float got, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Func<double, double, double> term)
        {
            double exact = 0, size = 0;
            for (int i = 0; i < x.Length; i++)
            {
                exact += term(x[i], y[i]);
                size += Math.Abs(term(x[i], y[i]));
            }

            // Higham 2002, section 3.1: as many roundings as terms, and three within a term
            Assert.True(Math.Abs(got - exact) <= (x.Length + 3) * Math.Pow(2, -24) * size, $"length {x.Length}: {got} for {exact}");
        }

        static double Cosine(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double xy = 0, xx = 0, yy = 0;
            for (int i = 0; i < x.Length; i++)
            {
                xy += x[i] * y[i];
                xx += x[i] * x[i];
                yy += y[i] * y[i];
            }

            return x.Length == 0 ? 0 : xy / Math.Sqrt(xx * yy);
        }
    }

    [Fact]
    public void Every_whole_number_kernel_is_exact_at_every_length_and_start()
    {
        byte[] x = new byte[Longest + Offsets], y = new byte[Longest + Offsets];
        var random = new Random(12);
        random.NextBytes(x);
        random.NextBytes(y);
        for (int n = 0; n <= Longest; n++)
        {
            int at = n % Offsets, to = (n / Offsets) % Offsets;
            long dot = 0, square = 0, bits = 0;
            for (int i = 0; i < n; i++)
            {
                int a = (sbyte)x[at + i], b = (sbyte)y[to + i];
                dot += a * b;
                square += (a - b) * (a - b);
                for (int bit = 0; bit < 8; bit++) bits += ((a ^ b) >> bit) & 1;
            }

            Assert.Equal(dot, ByteMetric.Dot(Signed(x, at, n), Signed(y, to, n)));
            Assert.Equal(square, ByteMetric.SquaredL2(Signed(x, at, n), Signed(y, to, n)));
            Assert.Equal(bits, ByteMetric.Hamming(x.AsSpan(at, n), y.AsSpan(to, n)));
        }

        static ReadOnlySpan<sbyte> Signed(byte[] bytes, int at, int n) => MemoryMarshal.Cast<byte, sbyte>(bytes.AsSpan(at, n));
    }

    [Fact]
    public void Sums_of_the_largest_terms_do_not_overflow()
    {
        const int N = 300_001;
        sbyte[] low = new sbyte[N], high = new sbyte[N];
        Array.Fill(low, sbyte.MinValue);
        Array.Fill(high, sbyte.MaxValue);
        Assert.Equal(N * 128L * 128, ByteMetric.Dot(low, low));
        Assert.Equal(N * -128L * 127, ByteMetric.Dot(low, high));
        Assert.Equal(N * 255L * 255, ByteMetric.SquaredL2(low, high));
        byte[] zeros = new byte[N], ones = new byte[N];
        Array.Fill(ones, (byte)255);
        Assert.Equal(N * 8L, ByteMetric.Hamming(zeros, ones));
    }

    [Fact]
    public void Every_Half_is_widened_to_the_float_that_it_is()
    {
        // each of the 65,536, alone in each lane of the widest loop: a product with 1 and zeros beside it changes nothing
        Half[] x = new Half[32], one = new Half[32];
        Array.Fill(one, Half.One);
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)bits);
            int lane = bits % 32;
            x[lane] = half;
            float got = HalfMetric.Dot(x, one);
            x[lane] = Half.Zero;
            if (Half.IsNaN(half)) Assert.True(float.IsNaN(got));
            else Assert.Equal((float)half, got);
        }
    }

    [Fact]
    public void Different_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Metric.Dot([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => Metric.Manhattan([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => HalfMetric.Cosine([Half.One], []));
        Assert.Throws<ArgumentException>(() => ByteMetric.Dot([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => ByteMetric.Hamming([1], []));
    }
}
