using CsCheck;
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

    [Theory]
    [InlineData(MetricKind.Cosine)]
    [InlineData(MetricKind.Dot)]
    [InlineData(MetricKind.SquaredL2)]
    public void Any_batch_on_any_number_of_threads_equals_a_sort_in_double(MetricKind metric) =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[0, 200], Gen.Int[1, 40], Gen.Int[1, 220], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample(
            (d, n, m, k, filtered, seed) =>
            {
                var random = new Random(seed);
                using var index = new FlatIndex(d, metric);
                var rows = new Dictionary<long, float[]>();
                var filter = filtered ? new IdSet() : null;
                for (int i = 0; i < n; i++)
                {
                    // some of them twice or more: equal scores
                    float[] row = i % 5 == 4 ? rows[i - 3] : Vector(random, d);
                    index.Add(i, row);
                    if (random.Next(3) == 0) filter?.Add(i);
                    rows[i] = row;
                }

                float[] queries = [.. Enumerable.Range(0, m).SelectMany(_ => Vector(random, d))];
                var admitted = rows.Where(r => filter is null || filter.Contains(r.Key)).ToArray();
                double[][] best = [.. queries.Chunk(d).Select(query => admitted.Select(r => Score(metric, query, r.Value)).OrderDescending().Take(k).ToArray())];
                foreach (int workers in new[] { 1, 2, 3, 5 })
                {
                    var hits = new Neighbor[m * k];
                    int[] counts = new int[m];
                    index.SearchOn(workers, queries, hits, counts, filter);
                    for (int q = 0; q < m; q++)
                    {
                        Assert.Equal(best[q].Length, counts[q]);
                        var found = hits.AsSpan(q * k, counts[q]).ToArray();
                        Assert.Equal(found.Length, found.Select(h => h.Id).Distinct().Count());
                        for (int i = 0; i < found.Length; i++)
                        {
                            double rounding = 1e-5 * (2 + Math.Abs(best[q][i]));   // over d · 2^-24
                            Assert.Equal(best[q][i], found[i].Score, rounding);
                            Assert.Equal(Score(metric, queries[(q * d)..((q + 1) * d)], rows[found[i].Id]), found[i].Score, rounding);
                            if (i > 0) Assert.True(found[i - 1].Score > found[i].Score || (found[i - 1].Score == found[i].Score && found[i - 1].Id < found[i].Id));
                        }
                    }
                }
            },
            iter: 15, threads: 1);

    [Fact]
    public void A_large_index_is_shared_among_threads_and_answers_the_same()
    {
        var random = new Random(5);
        using var index = new FlatIndex(64);
        for (int i = 0; i < 40_000; i++) index.Add(i, Vector(random, 64));
        float[] queries = [.. Enumerable.Range(0, 20).SelectMany(_ => Vector(random, 64))];
        foreach (int m in new[] { 1, 2, 3, 20 })
        {
            var (alone, shared) = (new Neighbor[m * 10], new Neighbor[m * 10]);
            index.Search(queries.AsSpan(0, m * 64), alone, new int[m]);
            index.Search(queries.AsSpan(0, m * 64), shared, new int[m], threads: 4);
            Assert.Equal(alone, shared);
        }

        Assert.Equal(4, FlatJob.Workers(4, 1, 40_000 * 2, 64));
        Assert.Equal(1, FlatJob.Workers(4, 1, 1000, 64));
    }

    [Fact]
    public void A_search_allocates_nothing_alone_or_in_a_batch()
    {
        var random = new Random(6);
        using var index = new FlatIndex(100);
        for (int i = 0; i < 500; i++) index.Add(i, Vector(random, 100));
        float[] queries = [.. Enumerable.Range(0, 20).SelectMany(_ => Vector(random, 100))];
        var hits = new Neighbor[200];
        int[] counts = new int[20];
        Once();   // what is made once for a type is made now
        long before = GC.GetAllocatedBytesForCurrentThread();
        Once();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Once()
        {
            index.Search(queries.AsSpan(0, 100), hits.AsSpan(0, 10));
            index.Search(queries, hits, counts);
            index.Search(queries.AsSpan(0, 200), hits.AsSpan(0, 20), counts.AsSpan(0, 2));
        }
    }

    [Fact]
    public void Shapes_of_a_batch_that_do_not_fit_are_refused()
    {
        using var index = new FlatIndex(2);
        index.Add(1, [1, 2]);
        var hits = new Neighbor[4];
        Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3], hits, new int[2]));
        Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3, 4, 5, 6], hits, new int[3]));
        Assert.Throws<ArgumentException>(() => index.Search([], hits, []));
        Assert.Contains("Component 1 of query 1", Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3, float.NaN], hits, new int[2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search([1, 2], hits, new int[1], threads: 0));
        index.Search([], [], []);
        int[] counts = [7, 7];
        index.Search([1, 2, 3, 4], [], counts);
        Assert.Equal([0, 0], counts);
        counts = [7, 7];
        index.Remove(1);
        index.Search([1, 2, 3, 4], hits, counts);
        Assert.Equal([0, 0], counts);
    }

    [Fact]
    public void Components_too_large_or_too_small_for_a_float_sum_keep_their_order()
    {
        using var cosine = new FlatIndex(2);
        cosine.Add(1, [1e38f, 0]);
        cosine.Add(2, [1e38f, 1e38f]);
        cosine.Add(3, [0, 1e-44f]);
        foreach (float size in new[] { 1e-44f, 1, 3e38f })
        {
            foreach (int m in new[] { 1, 4 })
            {
                var found = Batch(cosine, [.. Enumerable.Repeat(new[] { size, 0 }, m).SelectMany(q => q)], 3, m);
                Assert.Equal([1L, 2, 3], found.Select(h => h.Id));
                Assert.Equal(Math.Sqrt(0.5), found[1].Score, 1e-6);
            }
        }

        // the sum of 1 is past float's range on its way, infinite or no number by the order of adding: it is found, and the others keep their order
        using var dot = new FlatIndex(2, MetricKind.Dot);
        dot.Add(1, [3e38f, -3e38f]);
        dot.Add(2, [1, 1]);
        dot.Add(3, [2, 2]);
        foreach (int m in new[] { 1, 4 })
        {
            long[] ids = [.. Batch(dot, [.. Enumerable.Repeat(new[] { 1e30f, 1e30f }, m).SelectMany(q => q)], 3, m).Select(h => h.Id)];
            Assert.Equal([3L, 2], ids.Where(id => id != 1));
            Assert.Equal(3, ids.Length);
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
    public void A_saved_index_opens_equal_and_can_be_changed()
    {
        var random = new Random(3);
        using var index = new FlatIndex(5);
        for (int i = 0; i < 40; i++) index.Add(i + 10, Vector(random, 5));
        index.Save(_path);
        byte[] saved = File.ReadAllBytes(_path);
        using var opened = FlatIndex.Open(_path);
        Same();
        foreach (var one in new[] { index, opened })
        {
            Assert.True(one.Remove(12));
            Assert.True(one.Remove(49));
            Assert.Throws<ArgumentException>(() => one.Add(13, [1, 2, 3, 4, 5]));
            one.Add(7, [1, 2, 3, 4, 5]);
        }

        Same();
        Assert.Equal(saved, File.ReadAllBytes(_path));
        Assert.Equal(index.Ids.Order(), opened.Ids.Order());
        opened.Save(_path);
        using var again = FlatIndex.Open(_path);
        Assert.Equal(39, again.Count);

        void Same()
        {
            var (a, b) = (new Neighbor[40], new Neighbor[40]);
            float[] query = Vector(random, 5);
            Assert.Equal(index.Search(query, a), opened.Search(query, b));
            Assert.Equal(a, b);
        }
    }

    [Fact]
    public void An_empty_index_is_saved_and_opened()
    {
        using var index = new FlatIndex(3, MetricKind.SquaredL2);
        index.Save(_path);
        using var opened = FlatIndex.Open(_path);
        Assert.Equal((0, 3, MetricKind.SquaredL2), (opened.Count, opened.Dimensions, opened.Metric));
        Assert.Equal(0, opened.Search([1, 2, 3], new Neighbor[2]));
        opened.Add(1, [1, 2, 3]);
        Assert.Equal(1, opened.Search([1, 2, 3], new Neighbor[2]));
    }

    /// <summary>The last of m equal queries' hits.</summary>
    private static Neighbor[] Batch(FlatIndex index, float[] queries, int k, int m)
    {
        var hits = new Neighbor[m * k];
        int[] counts = new int[m];
        index.Search(queries, hits, counts);
        return hits[((m - 1) * k)..(((m - 1) * k) + counts[m - 1])];
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
