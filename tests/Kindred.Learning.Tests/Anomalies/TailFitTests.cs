using CsCheck;
using Kindred.Learning.Anomalies;

namespace Kindred.Learning.Tests.Anomalies;

public class TailFitTests
{
    /// <summary>Quantiles of distributions that are known; the fits of scipy 1.10 to the same.</summary>
    [Theory]
    [InlineData(0.3, 2, 0.29658, 2.00508)]
    [InlineData(0, 2, -0.00466, 2.00792)]
    [InlineData(-0.2, 1, -0.20597, 1.00543)]
    public void The_fit_is_that_of_greatest_likelihood(double shape, double scale, double shapeOfScipy, double scaleOfScipy)
    {
        double[] excesses = [.. Enumerable.Range(1, 500).Select(i =>
        {
            double beyond = 1 - ((i - 0.5) / 500);
            return scale * (shape == 0 ? -Math.Log(beyond) : (Math.Pow(beyond, -shape) - 1) / shape);
        })];
        var (foundShape, foundScale) = TailFit.Fit(excesses);
        Assert.Equal(shapeOfScipy, foundShape, 1e-3);
        Assert.Equal(scaleOfScipy, foundScale, 2e-3);
    }

    [Fact]
    public void The_threshold_keeps_its_rate_of_false_alarms()
    {
        foreach (double rate in new[] { 0.05, 0.01, 0.002 })
        {
            double found = Enumerable.Range(0, 20).Average(seed =>
            {
                var random = new Random(seed);
                double threshold = TailFit.Of(Enumerable.Range(0, 1000).Select(_ => AnomalyData.Gauss(random))).Quantile(rate);
                return Enumerable.Range(0, 20_000).Average(_ => AnomalyData.Gauss(random) > threshold ? 1.0 : 0);
            });
            Assert.InRange(found, 0.75 * rate, 1.4 * rate);
        }
    }

    [Fact]
    public void Probability_and_quantile_are_each_others_inverse_and_never_rise() =>
        Gen.Double[-5, 5].Array[30, 300].Sample(scores =>
        {
            var tail = TailFit.Of(scores);
            double last = 1;
            foreach (double score in scores.Concat([-9, 9, 1e300]).Order())
            {
                double p = tail.Probability(score);
                Assert.InRange(p, 1e-12, last + 1e-9);
                last = p;
            }

            if (tail.Scale > 0) Assert.Equal(0.01, tail.Probability(tail.Quantile(0.01)), 1e-6);
        });

    [Fact]
    public void Equal_scores_and_a_single_one_do_not_break_it()
    {
        Assert.Equal(3, TailFit.Of(Enumerable.Repeat(3.0, 100)).Quantile(0.01));
        Assert.Equal(3, TailFit.Of([3.0]).Quantile(0.01));
        Assert.Throws<ArgumentException>(() => TailFit.Of([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => TailFit.Of([]));
    }
}
