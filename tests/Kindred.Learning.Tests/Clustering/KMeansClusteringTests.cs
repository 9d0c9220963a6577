using CsCheck;
using Kindred.Learning.Clustering;

namespace Kindred.Learning.Tests.Clustering;

public class KMeansClusteringTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_inertia_of_few_rows_is_the_least_of_all_partitions() => Gen.Int[0, 30].Array[2].Array[3, 7].Sample(
        points =>
        {
            ReadOnlyMemory<float>[] rows = [.. points.Select(p => new ReadOnlyMemory<float>([p[0], p[1]]))];
            var found = KMeansClustering.Fit(rows, 3, new KMeansOptions { Starts = 60 }, Cancel);
            double best = Partitions(rows.Length, 3).Min(labels => Inertia(rows, labels));
            Assert.Equal(Inertia(rows, [.. found.Labels]), found.Inertia, 1e-3);
            return found.Inertia <= best + 1e-3;
        },
        iter: 60);

    [Fact]
    public void Centroids_are_means_and_labels_are_nearest()
    {
        var random = new Random(4);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 500).Select(_ => new ReadOnlyMemory<float>([1e4f + random.NextSingle(), random.NextSingle(), random.NextSingle()]))];
        var found = KMeansClustering.Fit(rows, 7, new KMeansOptions { Tolerance = 0 }, Cancel);
        Assert.Equal(7, found.Centroids.Count);
        Assert.Equal(found.Labels.GroupBy(l => l).Select(g => g.Count()).OrderDescending(), found.Labels.GroupBy(l => l).OrderBy(g => g.Key).Select(g => g.Count()));
        for (int c = 0; c < 7; c++)
            for (int j = 0; j < 3; j++)
                Assert.Equal(rows.Where((_, i) => found.Labels[i] == c).Average(r => (double)r.Span[j]), found.Centroids[c][j], 2e-3);
        for (int i = 0; i < rows.Length; i++)
        {
            double[] distances = [.. found.Centroids.Select(c => c.Zip(rows[i].ToArray(), (x, y) => ((double)x - y) * (x - y)).Sum())];
            Assert.True(distances[found.Labels[i]] <= distances.Min() + 1e-3);
        }
    }

    [Fact]
    public void More_clusters_than_different_rows_give_as_many_as_differ_and_equal_rows_one_label()
    {
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 50).Select(i => new ReadOnlyMemory<float>([i % 3, 1]))];
        var found = KMeansClustering.Fit(rows, 8, cancel: Cancel);
        Assert.Equal(3, found.Centroids.Count);
        Assert.Equal(0, found.Inertia, 1e-6);
        for (int i = 3; i < 50; i++) Assert.Equal(found.Labels[i - 3], found.Labels[i]);
        Assert.Equal([0], KMeansClustering.Fit([new float[] { 5 }], 4, cancel: Cancel).Labels);
    }

    [Fact]
    public void A_sample_of_many_rows_finds_the_same_middles()
    {
        var random = new Random(6);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 60_000).Select(i => new ReadOnlyMemory<float>([(10 * (i % 4)) + random.NextSingle(), random.NextSingle()]))];
        var found = KMeansClustering.Fit(rows, 4, new KMeansOptions { Starts = 3 }, Cancel);
        Assert.Equal([0.5f, 10.5f, 20.5f, 30.5f], found.Centroids.Select(c => c[0]).Order().Select(x => MathF.Round(x * 10) / 10));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Throws<ArgumentException>(() => KMeansClustering.Fit([], 2, cancel: Cancel));
        Assert.Contains("Row 1", Assert.Throws<ArgumentException>(() => KMeansClustering.Fit([new float[] { 1 }, new float[] { 1, 2 }], 2, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => KMeansClustering.Fit([new float[] { float.NaN }], 2, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => KMeansClustering.Fit([new float[] { 1 }], 0, cancel: Cancel));
    }

    [Fact]
    public void The_number_of_clusters_is_found_and_even_rows_have_one()
    {
        var random = new Random(8);
        ReadOnlyMemory<float>[] blobs = [.. Enumerable.Range(0, 300).Select(i => new ReadOnlyMemory<float>([(8 * (i % 5 % 3)) + random.NextSingle(), (8 * (i % 5 / 3)) + random.NextSingle(), random.NextSingle()]))];
        Assert.Equal(5, ClusterCount.Choose(blobs, 20, cancel: Cancel).Best);
        ReadOnlyMemory<float>[] even = [.. Enumerable.Range(0, 300).Select(_ => new ReadOnlyMemory<float>([random.NextSingle(), random.NextSingle(), random.NextSingle()]))];
        Assert.Equal(1, ClusterCount.Choose(even, 20, cancel: Cancel).Best);
        Assert.Equal(1, ClusterCount.Choose([new float[] { 1 }], 20, cancel: Cancel).Best);
    }

    [Fact]
    public void Many_small_clusters_are_found_only_where_they_are_clear()
    {
        var random = new Random(9);
        ReadOnlyMemory<float>[] pairs = [.. Enumerable.Range(0, 40).Select(i => new ReadOnlyMemory<float>([10 * (i / 2 % 5) + random.NextSingle(), 10 * (i / 10) + random.NextSingle()]))];
        Assert.Equal(20, ClusterCount.Choose(pairs, cancel: Cancel).Best);

        // three kinds in many dimensions, which k-means cuts into ever smaller pieces
        ReadOnlyMemory<float>[] wide = [.. Enumerable.Range(0, 60).Select(i => new ReadOnlyMemory<float>([.. Enumerable.Range(0, 24).Select(j => (j % 3 == i % 3 ? 0.6f : 0) + random.NextSingle())]))];
        var (best, tried) = ClusterCount.Choose(wide, cancel: Cancel);
        Assert.Equal(3, best);
        Assert.Equal(7, tried[^1].K);
    }

    private static double Inertia(ReadOnlyMemory<float>[] rows, int[] labels) => labels.Index().GroupBy(l => l.Item).Sum(cluster =>
        Enumerable.Range(0, rows[0].Length).Sum(j =>
        {
            double mean = cluster.Average(l => (double)rows[l.Index].Span[j]);
            return cluster.Sum(l => (rows[l.Index].Span[j] - mean) * (rows[l.Index].Span[j] - mean));
        }));

    private static IEnumerable<int[]> Partitions(int n, int k)
    {
        for (int code = 0; code < Math.Pow(k, n); code++)
        {
            int rest = code;
            int[] labels = new int[n];
            for (int i = 0; i < n; i++, rest /= k) labels[i] = rest % k;
            yield return labels;
        }
    }
}
