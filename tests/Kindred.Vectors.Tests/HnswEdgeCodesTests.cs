using System.Runtime.InteropServices;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests;

/// <summary>Walks by the codes of links: estimates against exact products, and searches against the exact index.</summary>
public class HnswEdgeCodesTests
{
    public static TheoryData<MetricKind> Metrics => [MetricKind.Cosine, MetricKind.Dot, MetricKind.SquaredL2];

    [Theory, MemberData(nameof(Metrics))]
    public unsafe void Estimates_are_right_on_average_over_the_rotations(MetricKind metric)
    {
        const int D = 40, Links = 32, Rotations = 400;
        var random = new Random(7);
        float[][] rows = [.. Enumerable.Range(0, Links + 1).Select(_ => Gaussian(random, D, 1))];
        float[] query = Gaussian(random, D, 1);
        if (metric == MetricKind.Cosine) Array.ForEach(rows, row => Metric.Normalize(row));
        if (metric == MetricKind.Cosine) Metric.Normalize(query);
        using var graph = new HnswGraph(48, metric, new HnswOptions { M = Links / 2 });
        foreach (float[] row in rows) graph.Place(row, 0, -1);
        for (int i = 0; i < Links; i++) graph.Links(0)[i] = i + 1;
        double[] sums = new double[Links], squares = new double[Links];
        for (int seed = 0; seed < Rotations; seed++)
        {
            var codec = RabitqCodec.Train([.. rows.Select(row => new ReadOnlyMemory<float>(row))], D, metric, 1, seed);
            using var edges = new HnswEdgeCodes(graph, codec);
            byte* prepared = (byte*)NativeMemory.AlignedAlloc((nuint)edges.QueryBytes, 64);
            float[] estimates = new float[Links];
            edges.Prepare(query, prepared);
            float own = Score(metric, query, rows[0]);
            uint near = edges.Estimate(0, prepared, own, float.NegativeInfinity, estimates);
            NativeMemory.AlignedFree(prepared);
            Assert.Equal(uint.MaxValue, near);
            for (int i = 0; i < Links; i++)
            {
                sums[i] += estimates[i];
                squares[i] += (double)estimates[i] * estimates[i];
            }
        }

        // five standard errors of the mean: 96 comparisons, and one of 1.7 million lies outside by chance
        for (int i = 0; i < Links; i++)
        {
            double mean = sums[i] / Rotations, deviation = Math.Sqrt(Math.Max(0, (squares[i] / Rotations) - (mean * mean)));
            Assert.InRange(deviation, 1e-4, 100);
            Assert.Equal(Score(metric, query, rows[i + 1]), mean, (5 * deviation / Math.Sqrt(Rotations)) + 1e-4);
        }
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Nearly_all_neighbours_are_found_and_scored_exactly(MetricKind metric)
    {
        float[][] rows = Clustered(4000, 24, seed: 1), queries = Clustered(100, 24, seed: 2);
        if (metric == MetricKind.Dot) Array.ForEach(rows, row => Metric.Normalize(row));
        using var index = Built(rows, metric);
        using var exact = Exact(rows, metric);
        Assert.InRange(Recall(index, exact, queries, 10, ef: 80), 0.95, 1);
        var hits = new Neighbor[10];
        Assert.Equal(10, index.Search(queries[0], hits));
        for (int i = 1; i < hits.Length; i++) Assert.True(hits[i - 1].Score >= hits[i].Score);
        foreach (var hit in hits) Assert.Equal(Score(metric, queries[0], rows[hit.Id]), hit.Score, 1e-3);
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Additions_and_removals_keep_recall_and_nothing_removed_is_found(MetricKind metric)
    {
        float[][] rows = Clustered(3000, 24, seed: 4), queries = Clustered(100, 24, seed: 5);
        if (metric == MetricKind.Dot) Array.ForEach(rows, row => Metric.Normalize(row));
        using var index = Built(rows[..1500], metric);
        bool[] there = [.. Enumerable.Range(0, 3000).Select(id => id < 1500)];
        var random = new Random(6);
        var hits = new Neighbor[10];
        for (int step = 0; step < 4000; step++)
        {
            int id = random.Next(3000);
            if (there[id]) Assert.True(index.Remove(id));
            else index.Add(id, rows[id]);
            there[id] = !there[id];
            if (step % 40 != 0) continue;
            int found = index.Search(rows[id], hits, 80);
            Assert.Equal(10, found);
            Assert.All(hits, hit => Assert.True(there[hit.Id]));
        }

        using var exact = new FlatIndex(24, metric);
        for (int id = 0; id < 3000; id++)
            if (there[id]) exact.Add(id, rows[id]);
        Assert.InRange(Recall(index, exact, queries, 10, ef: 80), 0.95, 1);
        AssertFresh(index);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.3)]
    [InlineData(0.01)]
    public void A_filter_is_kept_to(double share)
    {
        float[][] rows = Clustered(4000, 24, seed: 1), queries = Clustered(60, 24, seed: 2);
        using var index = Built(rows, MetricKind.SquaredL2);
        using var exact = Exact(rows, MetricKind.SquaredL2);
        var random = new Random(3);
        var filter = new IdSet();
        for (int id = 0; id < 4000; id++)
            if (random.NextDouble() < share) filter.Add(id);
        Assert.InRange(Recall(index, exact, queries, 10, ef: 80, filter), 0.95, 1);
        var hits = new Neighbor[10];
        foreach (float[] query in queries)
        {
            Assert.Equal(10, index.Search(query, hits, 80, filter));
            Assert.All(hits, hit => Assert.True(filter.Contains(hit.Id)));
        }
    }

    [Fact]
    public void A_removed_cluster_does_not_hide_what_lies_behind_it()
    {
        // 5 % are removed, so that none is taken out of the graph yet, and the query lies among them
        float[][] rows = [.. Enumerable.Range(0, 2000).Select(i => Gaussian(new Random(i), 8, 1))];
        for (int i = 0; i < 100; i++) rows[i] = Gaussian(new Random(i), 8, 0.01);
        using var index = Built(rows, MetricKind.SquaredL2);
        for (int id = 0; id < 100; id++) index.Remove(id);
        using var exact = Exact(rows[100..], MetricKind.SquaredL2, first: 100);
        Assert.InRange(Recall(index, exact, [rows[0], rows[50]], 10, ef: 64), 0.95, 1);
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Equal_vectors_and_zeros_are_all_found(MetricKind metric)
    {
        float[][] rows = [.. Enumerable.Range(0, 300).Select(i => i < 100 ? new float[] { 1, 2, 3 } : i < 200 ? new float[3] : Gaussian(new Random(i), 3, 1))];
        using var index = Built(rows, metric);
        var hits = new Neighbor[400];
        Assert.Equal(300, index.Search([1, 2, 3], hits));
        Assert.Equal(300, hits[..300].Select(hit => hit.Id).Distinct().Count());
        Assert.Equal(10, index.Search([1, 2, 3], hits.AsSpan(0, 10), 20));
        if (metric == MetricKind.SquaredL2) Assert.All(hits[..10], hit => Assert.Equal(0f, hit.Score));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(50)]
    [InlineData(128)]
    public void Any_number_of_links_will_do(int m)
    {
        foreach (int dimensions in new[] { 1, 3, 64, 65 })
        {
            float[][] rows = Clustered(600, dimensions, seed: m), queries = Clustered(40, dimensions, seed: 2);
            using var index = Built(rows, MetricKind.SquaredL2, new HnswOptions { M = m });
            using var exact = Exact(rows, MetricKind.SquaredL2);

            // two links a node lead slowly, whatever they are walked by
            Assert.InRange(Recall(index, exact, queries, 10, ef: m == 2 ? 400 : 150), 0.95, 1);
        }
    }

    [Fact]
    public void An_index_may_be_empty_and_grow_from_nothing()
    {
        using var index = new HnswIndex(8, MetricKind.SquaredL2);
        index.Quantize(RabitqCodec.Train([], 8, MetricKind.SquaredL2));
        var hits = new Neighbor[5];
        Assert.Equal(0, index.Search(new float[8], hits));
        for (int id = 0; id < 500; id++) index.Add(id, Gaussian(new Random(id), 8, 1));
        for (int id = 0; id < 500; id++)
        {
            Assert.Equal(5, index.Search(Gaussian(new Random(id), 8, 1), hits));
            Assert.Equal((id, 0f), (hits[0].Id, hits[0].Score));
        }

        for (int id = 0; id < 500; id++) Assert.True(index.Remove(id));
        Assert.Equal(0, index.Search(new float[8], hits));
        index.Add(7, new float[8]);
        Assert.Equal(1, index.Search(new float[8], hits));
    }

    [Fact]
    public void A_query_that_is_not_finite_is_refused_and_a_huge_one_is_answered()
    {
        using var index = Built(Clustered(200, 8, seed: 1), MetricKind.SquaredL2);
        var hits = new Neighbor[5];
        Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3, float.NaN, 5, 6, 7, 8], hits));
        Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3, float.PositiveInfinity, 5, 6, 7, 8], hits));
        Assert.Equal(5, index.Search([.. Enumerable.Repeat(float.MaxValue, 8)], hits));
        index.Add(1000, [.. Enumerable.Repeat(1e30f, 8)]);
        Assert.Equal(5, index.Search(new float[8], hits));
    }

    [Theory, MemberData(nameof(Metrics))]
    public void A_file_holds_the_codes(MetricKind metric)
    {
        float[][] rows = Clustered(600, 24, seed: 1), queries = Clustered(50, 24, seed: 2);
        Array.ForEach([.. rows, .. queries], row => Metric.Normalize(row));
        string file = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.hnsw");
        try
        {
            using var index = Built(rows, metric);
            for (int id = 0; id < 20; id++) index.Remove(id * 7);   // the file closes the gaps
            index.Save(file);
            using var opened = HnswIndex.Open(file);
            Assert.Equal("rabitq", opened.Codec?.Name);
            var (ours, theirs) = (new Neighbor[10], new Neighbor[10]);
            foreach (float[] query in queries)
            {
                Assert.Equal(index.Search(query, ours), opened.Search(query, theirs));
                Assert.Equal(ours, theirs);
            }

            opened.Add(5000, queries[0]);
            Assert.True(opened.Remove(1));
            Assert.Equal(10, opened.Search(queries[0], theirs));
            Assert.Equal(5000, theirs[0].Id);
            AssertFresh(opened);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        float[][] rows = Clustered(2000, 24, seed: 1);
        using var index = Built(rows, MetricKind.Cosine);
        var hits = new Neighbor[10];
        for (int i = 0; i < 200; i++) index.Search(rows[i], hits, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) index.Search(rows[i], hits, 100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>The codes are those that would be made of the graph as it is now.</summary>
    private static void AssertFresh(HnswIndex index)
    {
        var (kept, made) = (new Neighbor[10], new Neighbor[10]);
        float[][] queries = Clustered(50, index.Dimensions, seed: 12);
        int[] found = [.. queries.Select(query => index.Search(query, kept, 40))];
        Neighbor[][] before = [.. queries.Select(query => Hits(query))];
        index.Quantize(index.Codec);
        for (int q = 0; q < queries.Length; q++)
        {
            Assert.Equal(found[q], index.Search(queries[q], made, 40));
            Assert.Equal(before[q], made);
        }

        Neighbor[] Hits(float[] query)
        {
            var hits = new Neighbor[10];
            index.Search(query, hits, 40);
            return hits;
        }
    }

    private static HnswIndex Built(float[][] rows, MetricKind metric, HnswOptions? options = null)
    {
        var index = HnswIndex.Build(Rows(rows), metric: metric, options: options, cancel: TestContext.Current.CancellationToken);
        index.Quantize(RabitqCodec.Train(Rows(rows), rows[0].Length, metric));
        return index;
    }

    private static ReadOnlyMemory<float>[] Rows(float[][] rows) => [.. rows.Select(row => new ReadOnlyMemory<float>(row))];

    private static FlatIndex Exact(float[][] rows, MetricKind metric, int first = 0)
    {
        var exact = new FlatIndex(rows[0].Length, metric);
        for (int i = 0; i < rows.Length; i++) exact.Add(first + i, rows[i]);
        return exact;
    }

    private static double Recall(HnswIndex index, FlatIndex exact, float[][] queries, int k, int ef, IdSet? filter = null)
    {
        var (ours, theirs) = (new Neighbor[k], new Neighbor[k]);
        int found = 0;
        foreach (float[] query in queries)
        {
            Assert.Equal(exact.Search(query, theirs, filter), index.Search(query, ours, ef, filter));

            // as near as the last true neighbour counts
            found += ours.Count(hit => hit.Score >= theirs[^1].Score - 1e-5f);
        }

        return found / (double)(queries.Length * k);
    }

    private static float Score(MetricKind metric, float[] x, float[] y) => metric switch
    {
        MetricKind.Cosine => Metric.Cosine(x, y),
        MetricKind.Dot => Metric.Dot(x, y),
        _ => -Metric.SquaredL2(x, y),
    };

    private static float[] Gaussian(Random random, int dimensions, double scale) =>
        [.. Enumerable.Range(0, dimensions).Select(_ => (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static float[][] Clustered(int count, int dimensions, int seed)
    {
        var centres = new Random(99);
        float[][] middle = [.. Enumerable.Range(0, 40).Select(_ => Gaussian(centres, dimensions, 2))];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] centre = middle[random.Next(middle.Length)];
            return centre.Select(c => c + (float)(random.NextDouble() + random.NextDouble() - 1)).ToArray();
        })];
    }
}
