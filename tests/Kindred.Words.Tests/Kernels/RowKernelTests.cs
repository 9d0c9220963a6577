using CsCheck;
using Kindred.Words.Kernels;

namespace Kindred.Words.Tests.Kernels;

public class RowKernelTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 301)];

    [Theory, MemberData(nameof(Lengths))]
    public void Every_length_equals_plain_arithmetic(int n)
    {
        var random = new Random(n);
        // small whole numbers: every partial sum is exact in float, so any order of addition gives the same bits
        float[] x = Whole(), y = Whole();
        sbyte[] a = Bytes(), b = Bytes();
        Assert.Equal(x.Take(n).Zip(y, (p, q) => (double)p * q).Sum(), RowKernel.Dot(in First(x), in First(y), n));
        Assert.Equal(x.Take(n).Zip(a, (p, q) => (double)p * q).Sum(), RowKernel.Dot(in First(x), in First(a), n));
        Assert.Equal(a.Take(n).Zip(b, (p, q) => (long)p * q).Sum(), RowKernel.Dot(in First(a), in First(b), n));

        float[] Whole() => [.. Enumerable.Range(0, n).Select(_ => (float)random.Next(-32, 33)), 7777];   // one more, not to be read
        sbyte[] Bytes() => [.. Enumerable.Range(0, n).Select(_ => (sbyte)random.Next(-128, 128)), 77];
        static ref T First<T>(T[] array) => ref array[0];
    }

    [Fact]
    public void Fractions_stay_within_the_rounding_bound()
    {
        Gen.Select(Gen.Float[-10, 10].Array[1, 300], Gen.Int[0, int.MaxValue]).Sample((x, seed) =>
        {
            var random = new Random(seed);
            float[] y = [.. x.Select(_ => (float)((random.NextDouble() * 4) - 2))];
            sbyte[] a = [.. x.Select(_ => (sbyte)random.Next(-127, 128))];
            // n roundings of the sum and n of the products, each of at most 2^-24 of the sum of magnitudes
            Near(x.Zip(y, (p, q) => (double)p * q), RowKernel.Dot(in x[0], in y[0], x.Length));
            Near(x.Zip(a, (p, q) => (double)p * q), RowKernel.Dot(in x[0], in a[0], x.Length));
        });

        static void Near(IEnumerable<double> products, float sum)
        {
            double[] terms = [.. products];
            Assert.InRange(sum - terms.Sum(), -Bound(terms), Bound(terms));
        }

        // a product under the least normal float is off by up to half of the least float, whatever its size
        static double Bound(double[] terms) =>
            ((terms.Length + 2) * Math.ScaleB(1, -24) * terms.Sum(Math.Abs) * 1.01) + (terms.Length * (double)float.Epsilon);
    }

    [Fact]
    public void The_longest_row_of_the_largest_levels_does_not_overflow()
    {
        sbyte[] row = new sbyte[65_536];
        Array.Fill(row, (sbyte)-128);
        Assert.Equal(65_536 * 128 * 128, RowKernel.Dot(in row[0], in row[0], row.Length));
    }
}
