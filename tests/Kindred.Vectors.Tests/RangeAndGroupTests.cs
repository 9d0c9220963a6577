using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests;

/// <summary>All that is near enough, and the best of each group: every index against a loop over all vectors.</summary>
public class RangeAndGroupTests
{
    private const int Dimensions = 12;
    private const int Count = 4000;
    private static readonly float[][] _rows = Clustered(Count, seed: 1);
    private static readonly float[][] _queries = Clustered(40, seed: 2);

    [Theory]
    [InlineData(MetricKind.SquaredL2)]
    [InlineData(MetricKind.Cosine)]
    [InlineData(MetricKind.Dot)]
    public void A_range_holds_what_a_loop_finds(MetricKind metric)
    {
        using var flat = Filled(new FlatIndex(Dimensions, metric));
        using var graph = HnswIndex.Build(Rows, metric: metric, cancel: TestContext.Current.CancellationToken);
        using var lists = Inverted(metric);
        int sizes = 0;
        foreach (int size in new[] { 0, 1, 7, 60, 500, 2500, Count })
        {
            int found = 0, expected = 0;
            foreach (float[] query in _queries)
            {
                // half way between two neighbours: rounding decides nothing
                var all = Scores(query, metric);
                float minimum = size == 0 ? all[0].Score + 1 : size == Count ? all[^1].Score - 1 : (all[size - 1].Score + all[size].Score) / 2;
                if (size is > 0 and < Count && !(all[size - 1].Score - all[size].Score > 1e-4f)) continue;
                Assert.Equal(all.Take(size).Select(h => h.Id).Order(), flat.SearchRange(query, minimum).Select(h => h.Id).Order());
                Assert.Equal(all.Take(size).Select(h => h.Id).Order(), lists.SearchRange(query, minimum).Select(h => h.Id).Order());
                var hits = graph.SearchRange(query, minimum, ef: 64);
                Assert.All(hits, h => Assert.True(h.Score >= minimum));
                Assert.Equal(hits.OrderByDescending(h => h.Score).ThenBy(h => h.Id), hits);
                Assert.Equal(hits.Count, hits.Select(h => h.Id).Distinct().Count());
                Assert.Subset(all.Take(size).Select(h => h.Id).ToHashSet(), hits.Select(h => h.Id).ToHashSet());
                found += hits.Count;
                expected += size;
                sizes++;
            }

            // products of vectors of unequal length are no distance: a graph of neighbours follows them less closely
            Assert.True(found >= (metric == MetricKind.Dot ? 0.9 : 0.98) * expected, $"{found} of {expected} in ranges of {size}");
        }

        Assert.True(sizes > 100, $"{sizes} ranges with a clear edge");
    }

    [Fact]
    public void A_range_heeds_filter_and_removals()
    {
        using var flat = Filled(new FlatIndex(Dimensions, MetricKind.SquaredL2));
        using var graph = HnswIndex.Build(Rows, metric: MetricKind.SquaredL2, cancel: TestContext.Current.CancellationToken);
        for (int id = 0; id < 100; id++) Assert.True(flat.Remove(id * 3) && graph.Remove(id * 3));
        var (most, few, none) = (new IdSet(), new IdSet(), new IdSet());
        for (int id = 0; id < Count; id++)
        {
            if (id % 3 != 0) most.Add(id);
            if (id % 50 == 0) few.Add(id);
        }

        foreach (var filter in new[] { null, most, few, none })
        {
            int found = 0, expected = 0;
            foreach (float[] query in _queries)
            {
                var exact = flat.SearchRange(query, -6, filter);
                var hits = graph.SearchRange(query, -6, filter);
                Assert.Subset(exact.Select(h => h.Id).ToHashSet(), hits.Select(h => h.Id).ToHashSet());
                (found, expected) = (found + hits.Count, expected + exact.Count);
            }

            Assert.True(found >= 0.98 * expected, $"{found} of {expected}");
            Assert.True(filter == none ? expected == 0 : expected > 20);
        }

        Assert.Throws<ArgumentException>(() => flat.SearchRange(_queries[0], float.NaN));
        Assert.Throws<ArgumentException>(() => graph.SearchRange(_queries[0], float.NaN));
        Assert.Throws<ArgumentException>(() => graph.SearchRange([1, 2], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.SearchRange(_queries[0], 0, ef: 0));
        using var empty = new HnswIndex(Dimensions);
        Assert.Empty(empty.SearchRange(_queries[0], -1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1000)]
    public void The_best_of_each_group_is_that_of_a_loop(int groups)
    {
        using var flat = Filled(new FlatIndex(Dimensions, MetricKind.Cosine));
        using var graph = HnswIndex.Build(Rows, cancel: TestContext.Current.CancellationToken);
        using var lists = Inverted(MetricKind.Cosine);
        var filter = new IdSet();
        for (int id = 0; id < Count; id += 2) filter.Add(id);
        var found = new Neighbor[10];
        int right = 0, all = 0;
        foreach (float[] query in _queries)
        {
            foreach (var admitted in new[] { null, filter })
            {
                // a group of its own for the first hundred, for one in a thousand a group that is nearly everything
                var expected = Scores(query, MetricKind.Cosine).Where(h => admitted is null || admitted.Contains(h.Id)).GroupBy(h => GroupOf(h.Id)).Select(g => g.First()).Take(10).ToArray();
                int count = flat.SearchGroups(query, found, GroupOf, admitted);
                Assert.Equal(expected.Select(h => h.Id), found[..count].Select(h => h.Id));
                Assert.Equal(expected.Length, lists.SearchGroups(query, found, GroupOf, admitted));
                Assert.Equal(expected.Length, graph.SearchGroups(query, found, GroupOf, ef: 128, admitted));
                Assert.Equal(expected.Length, found[..expected.Length].Select(h => GroupOf(h.Id)).Distinct().Count());
                right += expected.Select(h => h.Id).Intersect(found[..expected.Length].Select(h => h.Id)).Count();
                all += expected.Length;
            }
        }

        Assert.True(right >= 0.99 * all, $"{right} of {all}");
        Assert.Equal(0, graph.SearchGroups(_queries[0], [], GroupOf));
        Assert.Equal(0, graph.SearchGroups(_queries[0], found, GroupOf, new IdSet()));
        Assert.Throws<ArgumentException>(() => graph.SearchGroups([1], found, GroupOf));

        long GroupOf(long id) => groups == 1 ? 7 : id % 1000 == 0 ? id : id % 9 != 0 ? -1 : id % groups;
    }

    private static IReadOnlyList<ReadOnlyMemory<float>> Rows => [.. _rows.Select(r => new ReadOnlyMemory<float>(r))];

    private static FlatIndex Filled(FlatIndex index)
    {
        for (int id = 0; id < Count; id++) index.Add(id, _rows[id]);
        return index;
    }

    private static IvfIndex Inverted(MetricKind metric)
    {
        var index = IvfIndex.Build(Rows, [.. Enumerable.Range(0, Count).Select(id => (long)id)], new Float32Codec(Dimensions, metric), new IvfOptions { Lists = 16 }, TestContext.Current.CancellationToken);
        index.Nprobe = index.Lists;
        return index;
    }

    private static Neighbor[] Scores(float[] query, MetricKind metric) => [.. Enumerable.Range(0, Count).Select(id => new Neighbor(id, metric switch
    {
        MetricKind.Cosine => Metric.Cosine(query, _rows[id]),
        MetricKind.Dot => Metric.Dot(query, _rows[id]),
        _ => -Metric.SquaredL2(query, _rows[id]),
    })).OrderByDescending(h => h.Score).ThenBy(h => h.Id)];

    private static float[][] Clustered(int count, int seed)
    {
        var centres = new Random(99);
        float[][] middle = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, Dimensions).Select(_ => (float)(centres.NextDouble() - 0.5) * 4).ToArray())];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => middle[random.Next(middle.Length)].Select(c => c + (float)(random.NextDouble() + random.NextDouble() - 1)).ToArray())];
    }
}
