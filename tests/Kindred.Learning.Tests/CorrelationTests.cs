using CsCheck;
using Kindred.Learning.Evaluation;

namespace Kindred.Learning.Tests;

public class CorrelationTests
{
    [Fact]
    public void Both_equal_MathNet_with_ties() => Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]).Array[2, 60].Sample(
        pairs =>
        {
            double[] x = [.. pairs.Select(p => (double)p.Item1)], y = [.. pairs.Select(p => (double)p.Item2)];
            double pearson = MathNet.Numerics.Statistics.Correlation.Pearson(x, y), spearman = MathNet.Numerics.Statistics.Correlation.Spearman(x, y);
            return Same(pearson, Correlation.Pearson(x, y)) && Same(spearman, Correlation.Spearman(x, y));
        });

    [Fact]
    public void Unequal_lengths_are_refused() => Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1]));

    private static bool Same(double a, double b) => double.IsNaN(a) ? double.IsNaN(b) : Math.Abs(a - b) < 1e-9;
}
