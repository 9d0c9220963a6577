using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

public sealed class FlatIndexTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-flat-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(MetricKind.Cosine)]
    [InlineData(MetricKind.Dot)]
    [InlineData(MetricKind.SquaredL2)]
    public void Search_equals_a_sort_in_double(MetricKind metric)
    {
        var random = new Random(7);
        using var index = new FlatIndex(19, metric);
        var rows = new Dictionary<long, float[]>();
        for (int i = 0; i < 500; i++)
        {
            float[] row = Vector(random, 19);
            rows[i * 3L] = row;
            index.Add(i * 3L, row);
        }

        for (int i = 0; i < 250; i++)
        {
            Assert.True(index.Remove(i * 6L));
            rows.Remove(i * 6L);
        }

        for (int trial = 0; trial < 50; trial++)
        {
            float[] query = Vector(random, 19);
            var expected = rows.OrderByDescending(r => Score(metric, query, r.Value)).Take(10).Select(r => r.Key);
            var hits = new Neighbor[10];
            Assert.Equal(10, index.Search(query, hits));
            Assert.Equal(expected, hits.Select(h => h.Id));
        }
    }

    [Fact]
    public void A_filter_admits_only_its_ids_and_k_over_n_gives_no_padding()
    {
        using var index = new FlatIndex(2);
        for (int i = 0; i < 100; i++) index.Add(i, [i, 1]);
        var filter = new IdSet();
        foreach (int id in new[] { 3, 70, 99 }) filter.Add(id);
        var hits = new Neighbor[2000];
        int found = index.Search([1, 0], hits, filter);
        Assert.Equal([99L, 70L, 3L], hits[..found].Select(h => h.Id));
        Assert.Equal(100, index.Search([1, 0], hits));
        Assert.Equal(0, index.Search([1, 0], hits, new IdSet()));
        Assert.Equal(0, index.Search([1, 0], []));
    }

    [Fact]
    public void Equal_scores_come_in_order_of_id()
    {
        using var index = new FlatIndex(2);
        foreach (int id in new[] { 9, 4, 7, 1, 8 }) index.Add(id, [1, 1]);
        var hits = new Neighbor[3];
        index.Search([1, 1], hits);
        Assert.Equal([1L, 4L, 7L], hits.Select(h => h.Id));
    }

    [Fact]
    public void A_zero_vector_scores_zero_and_breaks_no_order()
    {
        using var index = new FlatIndex(3);
        index.Add(1, [1, 0, 0]);
        index.Add(2, [0, 0, 0]);
        index.Add(3, [0.9f, 0.1f, 0]);
        var hits = new Neighbor[3];
        Assert.Equal(3, index.Search([1, 0, 0], hits));
        Assert.Equal([1L, 3L, 2L], hits.Select(h => h.Id));
        Assert.Equal(0, hits[2].Score);
    }

    [Fact]
    public void All_removed_and_added_in_another_order_answers_with_the_right_ids()
    {
        using var index = new FlatIndex(2);
        float[][] rows = [[0.1f, 0.7f], [-10.1f, -0.7f], [5.1f, 7]];
        foreach (int i in new[] { 0, 1, 2 }) index.Add(i, rows[i]);
        foreach (int i in new[] { 1, 0, 2 }) index.Remove(i);
        Assert.Equal(0, index.Count);
        foreach (int i in new[] { 2, 0, 1 }) index.Add(i, rows[i]);
        var hits = new Neighbor[1];
        foreach (int i in new[] { 0, 1, 2 })
        {
            index.Search(rows[i], hits);
            Assert.Equal(i, hits[0].Id);
            Assert.Equal(1, hits[0].Score, 1e-6f);
        }
    }

    [Fact]
    public void Bad_vectors_and_taken_ids_are_refused_and_leave_the_index_as_it_was()
    {
        using var index = new FlatIndex(2);
        index.Add(1, [1, 2]);
        Assert.Throws<ArgumentException>(() => index.Add(1, [3, 4]));
        Assert.Throws<ArgumentException>(() => index.Add(2, [3]));
        Assert.Contains("Component 1", Assert.Throws<ArgumentException>(() => index.Add(2, [3, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => index.Search([float.PositiveInfinity, 0], new Neighbor[1]));
        Assert.Equal([1L], index.Ids);
    }

    [Fact]
    public void A_saved_index_opens_equal_and_every_cut_and_flip_is_refused()
    {
        var random = new Random(3);
        using var index = new FlatIndex(5);
        for (int i = 0; i < 4; i++) index.Add(i + 10, Vector(random, 5));
        index.Save(_path);
        using (var opened = FlatIndex.Open(_path))
        {
            var (a, b) = (new Neighbor[4], new Neighbor[4]);
            float[] query = Vector(random, 5);
            index.Search(query, a);
            opened.Search(query, b);
            Assert.Equal(a, b);
        }

        byte[] good = File.ReadAllBytes(_path);
        for (int cut = 0; cut < good.Length; cut++)
        {
            File.WriteAllBytes(_path, good[..cut]);
            Assert.Throws<VectorFileException>(() => FlatIndex.Open(_path));
        }

        for (int at = 0; at < good.Length; at++)
        {
            if (at is >= 32 and < 64) continue;   // reserved bytes carry nothing
            byte[] flipped = [.. good];
            flipped[at] ^= 0x40;
            File.WriteAllBytes(_path, flipped);
            // the metric is the one field whose other values are valid too
            if (at == 12) continue;
            Assert.Throws<VectorFileException>(() => FlatIndex.Open(_path));
        }
    }

    private static float[] Vector(Random random, int d) => [.. Enumerable.Range(0, d).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static double Score(MetricKind metric, float[] x, float[] y)
    {
        double dot = x.Zip(y, (a, b) => (double)a * b).Sum();
        return metric switch
        {
            MetricKind.Dot => dot,
            MetricKind.SquaredL2 => -x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum(),
            _ => dot / Math.Sqrt(x.Sum(a => (double)a * a) * y.Sum(b => (double)b * b)),
        };
    }
}
