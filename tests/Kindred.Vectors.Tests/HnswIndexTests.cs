using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

/// <summary>The graph against the exact index, and everything that has broken graphs before.</summary>
public class HnswIndexTests
{
    [Theory]
    [InlineData(MetricKind.Cosine)]
    [InlineData(MetricKind.Dot)]
    [InlineData(MetricKind.SquaredL2)]
    public void Nearly_all_neighbours_are_found_and_each_vector_can_be_reached(MetricKind metric)
    {
        float[][] rows = Clustered(4000, 24, seed: 1), queries = Clustered(100, 24, seed: 2);
        if (metric == MetricKind.Dot) Normalize(rows);
        using var index = Build(rows, metric);
        using var exact = Exact(rows, metric);
        Assert.Equal(0, index.CountUnreachable());
        Assert.True(Recall(index, exact, queries, 10, ef: 64) > 0.97, "recall@10 of an easy set");
        Assert.Equal(1.0, Recall(index, exact, queries, 10, ef: 4000), 3);
        var hits = new Neighbor[10];
        index.Search(queries[0], hits);
        for (int i = 1; i < hits.Length; i++) Assert.True(hits[i - 1].Score >= hits[i].Score);
    }

    [Fact]
    public void A_crowd_of_builders_links_as_well_as_one()
    {
        // a node that could be met on an upper level before its ground links stood left those who came by it with one link each
        float[][] rows = Clustered(4000, 24, seed: 1), queries = Clustered(100, 24, seed: 2);
        using var exact = Exact(rows, MetricKind.Cosine);
        for (int build = 0; build < 5; build++)
        {
            using var index = HnswIndex.Build(Rows(rows), threads: 32, cancel: TestContext.Current.CancellationToken);
            Assert.InRange(Recall(index, exact, queries, 10, ef: 64), 0.998, 1);
        }
    }

    [Theory]
    [InlineData(0.90)]
    [InlineData(0.99)]
    public void The_effort_is_set_by_measurement(double wanted)
    {
        // without clusters, in many dimensions: the default effort finds far less
        var random = new Random(5);
        float[][] rows = Random(4000), queries = Random(200);
        using var index = Build(rows, MetricKind.Cosine);
        using var exact = Exact(rows, MetricKind.Cosine);
        double reached = index.Calibrate(wanted, sample: 200, cancel: TestContext.Current.CancellationToken);
        Assert.InRange(reached, wanted, 1);
        Assert.InRange(Recall(index, exact, queries, 10, index.Options.Ef), wanted - 0.03, 1);
        int ef = index.Options.Ef;
        index.Calibrate(wanted - 0.3, cancel: TestContext.Current.CancellationToken);
        Assert.True(index.Options.Ef < ef);

        float[][] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 48).Select(_ => (float)random.NextDouble() - 0.5f).ToArray())];
    }

    [Fact]
    public void Of_equal_vectors_any_will_do_for_the_effort()
    {
        using var index = Build([.. Enumerable.Repeat(new float[] { 1, 2, 3 }, 500), [3, 2, 1]], MetricKind.SquaredL2);
        Assert.Equal(1, index.Calibrate(0.99, cancel: TestContext.Current.CancellationToken));
        Assert.Equal(16, index.Options.Ef);
        using var lonely = Build([[1, 2, 3]], MetricKind.SquaredL2);
        Assert.Equal(1, lonely.Calibrate(0.9, cancel: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void One_thread_and_a_seed_give_the_same_bytes()
    {
        float[][] rows = Clustered(500, 16, seed: 3);
        using var folder = new TempFile();
        byte[][] files = new byte[3][];
        for (int i = 0; i < 3; i++)
        {
            using var index = HnswIndex.Build(Rows(rows), threads: 1, options: new HnswOptions { Seed = i == 2 ? 7 : 42 }, cancel: TestContext.Current.CancellationToken);
            index.Save(folder.Path);
            files[i] = File.ReadAllBytes(folder.Path);
        }

        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);
    }

    [Fact]
    public void Equal_vectors_do_not_hide_the_others()
    {
        // 60 equal, 20 far ones, one at a thousand times: each must find itself at the default settings
        List<float[]> rows = [.. Enumerable.Repeat(0, 60).Select(_ => new float[] { 1, 2, 3, 4 })];
        for (int i = 0; i < 20; i++) rows.Add([100 + i, -50, i, 7]);
        rows.Add([1000, 2000, 3000, 4000]);
        using var index = new HnswIndex(4, MetricKind.SquaredL2);
        for (int i = 0; i < rows.Count; i++) index.Add(i, rows[i]);
        var hits = new Neighbor[1];
        for (int i = 60; i < rows.Count; i++)
        {
            Assert.Equal(1, index.Search(rows[i], hits));
            Assert.Equal(i, hits[0].Id);
        }

        Assert.Equal(0f, Best(index, rows[0]).Score);
        var all = new Neighbor[81];
        Assert.Equal(81, index.Search(rows[0], all));
        Assert.Equal(81, all.Select(h => h.Id).Distinct().Count());
    }

    [Fact]
    public void A_deleted_region_leaves_the_rest_findable()
    {
        float[][] rows = [.. Enumerable.Range(0, 2000).Select(i => new float[] { (i < 1000 ? 0 : 1000) + (i % 37), i % 41, i % 43, i % 47 })];
        using var index = Build(rows, MetricKind.SquaredL2);
        for (int i = 0; i < 1000; i++) Assert.True(index.Remove(i));
        Assert.False(index.Remove(5));
        var hits = new Neighbor[10];
        Assert.Equal(10, index.Search([18, 20, 20, 20], hits));
        Assert.All(hits, h => Assert.True(h.Id >= 1000));
        Assert.Equal(1000, index.Count);
        Assert.Equal(0, index.CountUnreachable());
    }

    [Fact]
    public void After_deletions_and_replacements_recall_is_that_of_a_fresh_build()
    {
        float[][] rows = Clustered(3000, 24, seed: 4), queries = Clustered(100, 24, seed: 5);
        using var index = Build(rows, MetricKind.Cosine);
        var random = new Random(6);
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 300; i++)
            {
                int id = random.Next(rows.Length);
                index.Remove(id);
                rows[id] = Clustered(1, 24, seed: 1000 + (round * 300) + i)[0];
                index.Add(id, rows[id]);
            }
        }

        for (int id = 0; id < 1500; id++) index.Remove(id);
        using var exact = Exact(rows[1500..], MetricKind.Cosine, first: 1500);
        using var fresh = HnswIndex.Build(Rows(rows[1500..]), [.. Enumerable.Range(1500, 1500).Select(i => (long)i)], cancel: TestContext.Current.CancellationToken);
        Assert.Equal(0, index.CountUnreachable());
        Assert.True(Recall(index, exact, queries, 10, 64) >= Recall(fresh, exact, queries, 10, 64) - 0.01);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(300)]
    [InlineData(2500)]
    public void A_filter_finds_all_it_admits_at_every_share(int admitted)
    {
        float[][] rows = Clustered(3000, 16, seed: 8), queries = Clustered(30, 16, seed: 9);
        using var index = Build(rows, MetricKind.Cosine);
        using var exact = Exact(rows, MetricKind.Cosine);
        var filter = new IdSet();
        foreach (int id in Enumerable.Range(0, 3000).OrderBy(i => (i * 7919L) % 3001).Take(admitted)) filter.Add(id);
        int expected = Math.Min(10, admitted);
        double found = 0;
        var (ours, theirs) = (new Neighbor[10], new Neighbor[10]);
        foreach (float[] query in queries)
        {
            Assert.Equal(expected, index.Search(query, ours, filter));
            exact.Search(query, theirs, filter);
            Assert.All(ours[..expected], h => Assert.True(filter.Contains(h.Id)));
            found += ours[..expected].Select(h => h.Id).Intersect(theirs[..expected].Select(h => h.Id)).Count() / (double)expected;
        }

        Assert.True(found / queries.Length > 0.97, $"{found / queries.Length:F3} of the admitted neighbours");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_filter_costs_no_recall_at_any_share_wherever_it_lies(bool region, bool badlyLinked)
    {
        const int Count = 12_000;
        float[][] rows = Clustered(Count, 16, seed: 20), queries = Clustered(60, 16, seed: 21);
        using var index = HnswIndex.Build(Rows(rows), metric: MetricKind.SquaredL2, options: badlyLinked ? new HnswOptions { M = 5, EfConstruction = 16 } : new HnswOptions { EfConstruction = 80 }, threads: 1, cancel: TestContext.Current.CancellationToken);
        using var exact = Exact(rows, MetricKind.SquaredL2);
        for (int id = 0; id < 300; id++) Assert.True(index.Remove(id * 40) && exact.Remove(id * 40));
        var order = new Neighbor[exact.Count];
        exact.Search(rows[1], order);   // a region: what is nearest to one vector, and far from most queries
        long[] ids = [.. region ? order.Select(h => h.Id) : order.OrderBy(h => (h.Id * 7919L) % 12_007).Select(h => h.Id)];

        // the lesser ef walks at shares from 0.1 on, the greater from 0.2 on; what admits less is compared one by one. At the edge of a region so small an ef does not do.
        foreach (int ef in region ? new[] { 96 } : [12, 96])
        {
            foreach (double share in new[] { 0.0001, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 1.0 })
            {
                var filter = new IdSet();
                foreach (long id in ids.Take((int)Math.Ceiling(share * ids.Length))) filter.Add(id);
                int k = ef == 12 ? 3 : 10;
                Assert.InRange(Filtered(filter), Filtered(null) - 0.01, 1);

                double Filtered(IdSet? admitted)
                {
                    var (ours, theirs) = (new Neighbor[k], new Neighbor[k]);
                    int found = 0, all = 0;
                    foreach (float[] query in queries)
                    {
                        int expected = exact.Search(query, theirs, admitted);
                        Assert.Equal(expected, index.Search(query, ours, ef, admitted));
                        found += ours[..expected].Select(h => h.Id).Intersect(theirs[..expected].Select(h => h.Id)).Count();
                        all += expected;
                    }

                    return found / (double)all;
                }
            }
        }
    }

    [Fact]
    public void A_filter_of_ids_that_are_not_there_finds_nothing()
    {
        using var index = Build(Clustered(3000, 16, seed: 22), MetricKind.Cosine);
        var (absent, half) = (new IdSet(), new IdSet());
        for (int id = 3000; id < 6000; id++) absent.Add(id);
        for (int id = 1500; id < 6000; id++) half.Add(id);
        float[] query = Clustered(1, 16, seed: 23)[0];
        Assert.Equal(0, index.Search(query, new Neighbor[5], absent));
        Assert.Equal(1500, index.Search(query, new Neighbor[5000], half));
    }

    [Fact]
    public void Odd_uses_have_the_right_answer_or_a_clear_error()
    {
        using var index = new HnswIndex(3);
        var hits = new Neighbor[5];
        Assert.Equal(0, index.Search([1, 2, 3], hits));
        Assert.False(index.Remove(1));
        index.Add(1, [1, 0, 0]);
        index.Add(2, [0, 0, 0]);
        index.Add(3, [0.9f, 0.1f, 0]);
        Assert.Throws<ArgumentException>(() => index.Add(1, [1, 1, 1]));
        Assert.Throws<ArgumentException>(() => index.Add(4, [1, 1]));
        Assert.Throws<ArgumentException>(() => index.Add(4, [1, float.NaN, 1]));
        Assert.Throws<ArgumentException>(() => index.Search([1, float.PositiveInfinity, 1], hits));
        Assert.Equal(3, index.Search([1, 0, 0], hits));
        Assert.Equal([1L, 3, 2], hits[..3].Select(h => h.Id));
        Assert.Equal(0, hits[2].Score);
        Assert.Equal(0, index.Search([1, 0, 0], []));
        Assert.Equal(0, index.Search([1, 0, 0], hits, new IdSet()));
        foreach (long id in new long[] { 2, 1, 3 }) Assert.True(index.Remove(id));
        Assert.Equal(0, index.Search([1, 0, 0], hits));

        // slots given back are not answered with another's id
        float[][] again = [[0.1f, 0.7f, 0], [-10.1f, -0.7f, 0], [5.1f, 7, 0]];
        for (int i = 0; i < 3; i++) index.Add(i + 1, again[i]);
        for (int i = 0; i < 3; i++) Assert.Equal(i + 1, Best(index, again[i]).Id);
        Assert.Throws<ArgumentException>(() => HnswIndex.Build([], cancel: TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HnswOptions { M = 1 });
    }

    [Fact]
    public void A_cancelled_build_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => HnswIndex.Build(Rows(Clustered(200, 8, seed: 1)), cancel: cancel.Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_build_is_cancelled_half_way(int threads)
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => HnswIndex.Build(Rows(Clustered(5000, 8, seed: 1)), threads: threads, progress: new Cancelling(cancel), cancel: cancel.Token));
        Assert.True(cancel.IsCancellationRequested);
    }

    [Fact]
    public void Vectors_that_cannot_be_built_are_an_error()
    {
        var token = TestContext.Current.CancellationToken;
        Assert.Throws<ArgumentException>(() => HnswIndex.Build([new float[] { 1, 2 }, new float[] { 1, 2, 3 }], cancel: token));
        Assert.Throws<ArgumentException>(() => HnswIndex.Build([new float[] { 1, 2 }, new float[] { 1, float.NaN }], cancel: token));
        Assert.Throws<ArgumentException>(() => HnswIndex.Build([new float[] { 1, 2 }, new float[] { 1, 3 }], [5, 5], cancel: token));
        Assert.Throws<ArgumentException>(() => HnswIndex.Build([new float[] { 1, 2 }], [5, 6], cancel: token));
    }

    [Fact]
    public void Two_add_while_others_search()
    {
        float[][] rows = Clustered(1200, 16, seed: 30);
        using var index = Build(rows[..200], MetricKind.Cosine);
        Parallel.Invoke([.. Enumerable.Range(0, 4).Select(worker => (Action)(() =>
        {
            var hits = new Neighbor[5];
            for (int i = 200 + (worker % 2); i < rows.Length; i += 2)
            {
                if (worker < 2) index.Add(i, rows[i]);
                Assert.Equal(5, index.Search(rows[i % 200], hits));
                Assert.Equal(i % 200, hits[0].Id);
                Assert.True(index.Contains(i % 200));
            }
        }))]);
        Assert.Equal(1200, index.Count);
        Assert.Equal(0, index.CountUnreachable());
        for (int i = 0; i < rows.Length; i += 11) Assert.Equal(i, Best(index, rows[i]).Id);
    }

    [Fact]
    public void Searches_run_while_vectors_are_added_and_removed()
    {
        float[][] rows = Clustered(1500, 16, seed: 10);
        using var index = Build(rows[..500], MetricKind.Cosine);
        Parallel.Invoke(
            () =>
            {
                for (int i = 500; i < rows.Length; i++) index.Add(i, rows[i]);
            },
            () =>
            {
                for (int i = 0; i < 250; i++) Assert.True(index.Remove(i));
            },
            () =>
            {
                var hits = new Neighbor[10];
                for (int i = 0; i < 600; i++)
                {
                    Assert.Equal(10, index.Search(rows[i % 500], hits));
                    Assert.Equal(10, hits.Select(h => h.Id).Distinct().Count());
                }
            });
        Assert.Equal(1250, index.Count);
        for (int i = 250; i < rows.Length; i += 7) Assert.Equal(i, Best(index, rows[i]).Id);
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        float[][] rows = Clustered(1000, 16, seed: 11);
        using var index = Build(rows, MetricKind.Cosine);
        var hits = new Neighbor[10];
        var (few, most) = (new IdSet(), new IdSet());
        for (int id = 0; id < 1000; id++)
        {
            most.Add(id);
            if (id % 100 == 0) few.Add(id);
        }

        for (int i = 0; i < 50; i++) All(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) All(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void All(int i)
        {
            index.Search(rows[i], hits);
            index.Search(rows[i], hits, ef: 20, few);
            index.Search(rows[i], hits, ef: 20, most);
        }
    }

    private static HnswIndex Build(float[][] rows, MetricKind metric) => HnswIndex.Build(Rows(rows), metric: metric, cancel: TestContext.Current.CancellationToken);

    private static ReadOnlyMemory<float>[] Rows(float[][] rows) => [.. rows.Select(r => new ReadOnlyMemory<float>(r))];

    private static FlatIndex Exact(float[][] rows, MetricKind metric, int first = 0)
    {
        var exact = new FlatIndex(rows[0].Length, metric);
        for (int i = 0; i < rows.Length; i++) exact.Add(first + i, rows[i]);
        return exact;
    }

    private static Neighbor Best(HnswIndex index, float[] query)
    {
        var hit = new Neighbor[1];
        Assert.Equal(1, index.Search(query, hit));
        return hit[0];
    }

    private static double Recall(HnswIndex index, FlatIndex exact, float[][] queries, int k, int ef)
    {
        var (ours, theirs) = (new Neighbor[k], new Neighbor[k]);
        int found = 0;
        foreach (float[] query in queries)
        {
            index.Search(query, ours, ef);
            exact.Search(query, theirs);
            found += ours.Select(h => h.Id).Intersect(theirs.Select(h => h.Id)).Count();
        }

        return found / (double)(queries.Length * k);
    }

    private static float[][] Clustered(int count, int dimensions, int seed)
    {
        var centres = new Random(99);
        float[][] middle = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, dimensions).Select(_ => (float)(centres.NextDouble() - 0.5) * 4).ToArray())];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] centre = middle[random.Next(middle.Length)];
            return centre.Select(c => c + (float)(random.NextDouble() + random.NextDouble() - 1)).ToArray();
        })];
    }

    private static void Normalize(float[][] rows)
    {
        foreach (float[] row in rows) Metric.Normalize(row);
    }

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<int>
    {
        public void Report(int value) => source.Cancel();
    }

    private sealed class TempFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.hnsw");

        public void Dispose() => File.Delete(Path);
    }
}
