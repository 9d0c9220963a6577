using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests.Quantizers;

public class KMeansTests
{
    [Fact]
    public void Far_apart_groups_are_found_each_with_its_mean()
    {
        var random = new Random(1);
        var rows = new float[900 * 3];
        for (int i = 0; i < 900; i++)
            for (int j = 0; j < 3; j++) rows[(i * 3) + j] = (i % 9 * 100 * (j + 1)) + random.NextSingle();
        float[] centroids = Train(rows, 3, 9, 20, 1, 0);
        var expected = Enumerable.Range(0, 9).Select(g => Enumerable.Range(0, 100).Average(m => (double)rows[((m * 9) + g) * 3])).Order();
        Assert.Equal(expected, Enumerable.Range(0, 9).Select(c => (double)centroids[c * 3]).Order(), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Fact]
    public void Nearest_equals_a_search_in_double_at_every_size()
    {
        foreach (int d in new[] { 1, 2, 3, 5, 8, 17, 100 })
        {
            foreach (int k in new[] { 1, 15, 16, 17, 50 })
            {
                var random = new Random(d);
                float[] rows = CodecBench.Gauss(random, 21 * d), centroids = CodecBench.Gauss(random, k * d);
                var (nearest, scores) = (new int[21], new float[21]);
                KMeans.Assign(rows, new CentroidPanels(centroids, d, CentroidPanels.DistanceBias(centroids, d)), nearest, scores);
                for (int i = 0; i < 21; i++)
                {
                    double best = Enumerable.Range(0, k).Max(c => CodecBench.Exact(MetricKind.SquaredL2, rows.AsSpan(i * d, d), centroids.AsSpan(c * d, d)));
                    double got = CodecBench.Exact(MetricKind.SquaredL2, rows.AsSpan(i * d, d), centroids.AsSpan(nearest[i] * d, d));
                    Assert.True(got >= best - 1e-4, $"d {d}, k {k}: {got} for {best}");
                    Assert.Equal(got, (2 * scores[i]) - Metric.Dot(rows.AsSpan(i * d, d), rows.AsSpan(i * d, d)), 1e-3);
                }
            }
        }
    }

    [Fact]
    public void Fewer_rows_than_centroids_and_equal_rows_end_well()
    {
        Assert.Equal(3 * 2, Train([1, 2, 3, 4, 5, 6], 2, 10, 5, 1, 0).Length);
        Assert.All(Train([.. Enumerable.Repeat(1.5f, 400)], 2, 10, 5, 1, 0), v => Assert.Equal(1.5f, v));
    }

    [Fact]
    public void The_seed_decides_and_a_sample_serves_for_many_rows()
    {
        float[] rows = CodecBench.Gauss(new Random(1), 3000 * 4);
        float[] a = Train(rows, 4, 5, 10, 7, 0);
        Assert.Equal(a, Train(rows, 4, 5, 10, 7, 0));
        Assert.NotEqual(a, Train(rows, 4, 5, 10, 8, 0));
    }

    [Fact]
    public void Balance_splits_what_is_too_large()
    {
        var random = new Random(2);
        var rows = new float[4000 * 2];
        // most rows crowd in one place
        for (int i = 0; i < 4000; i++)
        {
            double width = i % 10 == 0 ? 10 : 0.5;
            rows[2 * i] = (float)(width * random.NextDouble());
            rows[(2 * i) + 1] = (float)(width * random.NextDouble());
        }

        double plain = Largest(Train(rows, 2, 16, 20, 3, 0)), balanced = Largest(Train(rows, 2, 16, 20, 3, 2));
        Assert.True(balanced < 0.75 * plain, $"{balanced} against {plain}");

        double Largest(float[] centroids)
        {
            var nearest = new int[4000];
            KMeans.Assign(rows, new CentroidPanels(centroids, 2, CentroidPanels.DistanceBias(centroids, 2)), nearest, new float[4000]);
            return nearest.GroupBy(c => c).Max(g => g.Count());
        }
    }

    private static float[] Train(float[] rows, int d, int k, int iterations, int seed, float balance) =>
        KMeans.Train(rows, d, k, iterations, seed, balance, TestContext.Current.CancellationToken);
}
