using CsCheck;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;
using Kindred.Vectors.Tests.Quantizers;

namespace Kindred.Vectors.Tests;

/// <summary>A flat index with a codec, against exact search and against the codec's own scores.</summary>
public sealed class FlatCodesTests : IDisposable
{
    private static readonly string[] Kinds = ["sq8", "sq4", "pq", "opq", "rabitq", "rabitq 2", "rabitq 4", "rabitq 7"];

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-flat-codes-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    public static TheoryData<string, MetricKind> All => [.. Kinds.SelectMany(kind => CodecBench.Metrics.Select(metric => (kind, metric)))];

    [Theory, MemberData(nameof(All))]
    public void With_all_rescored_any_batch_on_any_number_of_threads_equals_a_sort_in_double(string kind, MetricKind metric) =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[0, 1200], Gen.Int[1, 20], Gen.Int[1, 30], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample(
            (d, n, m, k, filtered, seed) =>
            {
                var random = new Random(seed);
                using var index = Filled(kind, metric, d, n, random, out var rows);
                Change(index, rows, metric, random);
                index.Rescore = 10_000;
                var filter = filtered ? new IdSet() : null;
                foreach (long id in rows.Keys)
                    if (random.Next(3) == 0) filter?.Add(id);
                float[][] queries = [.. Enumerable.Range(0, m).Select(_ => CodecBench.Vector(random, d, metric))];
                var admitted = rows.Where(r => filter is null || filter.Contains(r.Key)).ToArray();
                foreach (int workers in new[] { 1, 2, 3 })
                {
                    var hits = new Neighbor[m * k];
                    int[] counts = new int[m];
                    index.SearchOn(workers, [.. queries.SelectMany(q => q)], hits, counts, filter);
                    for (int q = 0; q < m; q++)
                    {
                        double[] best = [.. admitted.Select(r => CodecBench.Exact(metric, queries[q], r.Value)).OrderDescending().Take(k)];
                        Assert.Equal(best.Length, counts[q]);
                        var found = hits.AsSpan(q * k, counts[q]).ToArray();
                        for (int i = 0; i < found.Length; i++)
                        {
                            double rounding = 1e-5 * (2 + Math.Abs(best[i]));
                            Assert.Equal(best[i], found[i].Score, rounding);
                            Assert.Equal(CodecBench.Exact(metric, queries[q], rows[found[i].Id]), found[i].Score, rounding);
                            if (i > 0) Assert.True(found[i - 1].Score > found[i].Score || (found[i - 1].Score == found[i].Score && found[i - 1].Id < found[i].Id));
                        }

                        var alone = new Neighbor[k];
                        Assert.Equal(found, alone[..index.Search(queries[q], alone, filter)]);
                    }
                }
            },
            iter: 4, threads: 1);

    [Theory, MemberData(nameof(All))]
    public void Without_rescoring_hits_are_those_of_the_codec(string kind, MetricKind metric)
    {
        const int K = 12;
        var random = new Random(7);
        foreach (int d in new[] { 3, 24, 65 })
        {
            using var index = Filled(kind, metric, d, 1100, random, out var rows);
            Change(index, rows, metric, random);
            index.Rescore = 0;
            var codec = index.Codec!;
            long[] ids = [.. rows.Keys];
            ReadOnlyMemory<float>[] vectors = [.. ids.Select(id => (ReadOnlyMemory<float>)rows[id])];
            var filter = new IdSet();
            foreach (long id in ids)
                if (id % 3 == 0) filter.Add(id);
            float[][] queries = [.. Enumerable.Range(0, 5).Select(_ => CodecBench.Vector(random, d, metric))];
            float[][] scores = CodecBench.Scores(codec, queries, vectors);
            foreach (var admitted in new[] { null, filter })
            {
                foreach (int workers in new[] { 1, 3 })
                {
                    var hits = new Neighbor[5 * K];
                    index.SearchOn(workers, [.. queries.SelectMany(q => q)], hits, new int[5], admitted);
                    for (int q = 0; q < 5; q++)
                    {
                        var own = scores[q];
                        var at = Enumerable.Range(0, ids.Length).Where(i => admitted is null || admitted.Contains(ids[i])).ToDictionary(i => ids[i], i => Bounded(own[i]));
                        double[] best = [.. at.Values.OrderDescending().Take(K)];
                        for (int i = 0; i < K; i++)
                        {
                            var hit = hits[(q * K) + i];
                            Assert.Equal(best[i], hit.Score, 1e-5 * (1 + Math.Abs(best[i])));
                            Assert.Equal(at[hit.Id], hit.Score, 1e-5 * (1 + Math.Abs(hit.Score)));
                            if (codec is RabitqCodec) continue;

                            // scalar and product codes: the score of the vector that the code stands for, in double, but for the rounding of the query
                            double exact = Bounded(CodecBench.Exact(metric, queries[q], CodecBench.Decoded(codec, rows[hit.Id])));
                            Assert.Equal(exact, hit.Score, 1e-3 * (1 + Math.Abs(exact)));
                        }
                    }
                }
            }
        }

        double Bounded(double score) => metric == MetricKind.Cosine ? Math.Clamp(score, -1, 1) : score;
    }

    [Theory]
    [InlineData("sq8", 0.99)]
    [InlineData("sq4", 0.97)]
    [InlineData("pq", 0.95)]
    [InlineData("rabitq", 0.95)]
    [InlineData("rabitq 4", 0.98)]
    public void The_default_rescoring_finds_nearly_all(string kind, double least)
    {
        const int D = 64, K = 10;
        foreach (var metric in CodecBench.Metrics)
        {
            ReadOnlyMemory<float>[] rows = CodecBench.Clustered(4000, D, metric, 3);
            using var plain = new FlatIndex(D, metric);
            using var coded = new FlatIndex(D, metric);
            for (int i = 0; i < rows.Length; i++)
            {
                plain.Add(i, rows[i].Span);
                coded.Add(i, rows[i].Span);
            }

            coded.Quantize(Codec(kind, rows, D, metric));
            int found = 0;
            for (int q = 0; q < 50; q++)
            {
                var (a, b) = (new Neighbor[K], new Neighbor[K]);
                plain.Search(rows[q * 70].Span, a);
                coded.Search(rows[q * 70].Span, b);
                found += a.Select(h => h.Id).Intersect(b.Select(h => h.Id)).Count();
            }

            Assert.True(found >= least * 50 * K, $"{metric}: {found} of {50 * K}");
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_saved_index_opens_equal_and_goes_on(string kind, MetricKind metric)
    {
        const int D = 33;
        var random = new Random(4);
        using var index = Filled(kind, metric, D, 300, random, out var rows);
        index.Rescore = 5;
        index.Save(_path);
        using var opened = FlatIndex.Open(_path);
        Assert.Equal((5, index.Codec!.Name, 300L), (opened.Rescore, opened.Codec!.Name, opened.Count));
        Assert.Equal(300L * (8 + index.Codec.CodeBytes), opened.MemoryBytes);
        Same();
        int seed = random.Next();
        Change(opened, new Dictionary<long, float[]>(rows), metric, new Random(seed));
        Change(index, rows, metric, new Random(seed));
        Same();
        foreach (var one in new[] { index, opened })
        {
            foreach (long id in one.Ids) Assert.True(one.Remove(id));
            Assert.Equal(0, one.Search(new float[D], new Neighbor[3]));
            for (int i = 0; i < 20; i++) one.Add(i, rows.Values.ElementAt(i));
        }

        Same();

        void Same()
        {
            for (int q = 0; q < 5; q++)
            {
                float[] query = CodecBench.Vector(random, D, metric);
                var (a, b) = (new Neighbor[10], new Neighbor[10]);
                Assert.Equal(index.Search(query, a), opened.Search(query, b));
                Assert.Equal(a, b);
            }
        }
    }

    [Fact]
    public void Range_and_groups_are_those_of_the_vectors()
    {
        var random = new Random(8);
        foreach (string kind in Kinds)
        {
            using var index = Filled(kind, MetricKind.SquaredL2, 16, 700, random, out var rows);
            using var plain = new FlatIndex(16, MetricKind.SquaredL2);
            foreach (var (id, row) in rows) plain.Add(id, row);
            index.Rescore = 1000;
            float[] query = CodecBench.Gauss(random, 16);
            var near = plain.SearchRange(query, -20);
            Assert.InRange(near.Count, 1, 699);
            Assert.Equal(near, index.SearchRange(query, -20));
            var (a, b) = (new Neighbor[6], new Neighbor[6]);
            Assert.Equal(6, index.SearchGroups(query, a, id => id / 10));
            plain.SearchGroups(query, b, id => id / 10);
            Assert.Equal(b.Select(h => h.Id), a.Select(h => h.Id));
            Assert.All(a.Zip(b), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5 * (1 + Math.Abs(pair.First.Score))));
        }
    }

    [Fact]
    public void A_search_allocates_nothing_alone_or_in_a_batch()
    {
        var random = new Random(6);
        foreach (string kind in Kinds)
        {
            using var index = Filled(kind, MetricKind.Cosine, 100, 700, random, out _);
            float[] queries = [.. Enumerable.Range(0, 20).SelectMany(_ => CodecBench.Gauss(random, 100))];
            var filter = new IdSet();
            for (int id = 0; id < 700; id += 2) filter.Add(id);
            var hits = new Neighbor[200];
            int[] counts = new int[20];
            Once();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Once();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

            void Once()
            {
                index.Search(queries.AsSpan(0, 100), hits.AsSpan(0, 10));
                index.Search(queries.AsSpan(0, 100), hits.AsSpan(0, 10), filter);
                index.Search(queries, hits, counts);
            }
        }
    }

    [Fact]
    public void A_codec_may_be_given_before_vectors_changed_and_taken_away()
    {
        var random = new Random(9);
        using var index = new FlatIndex(8, MetricKind.Dot);
        Assert.Throws<ArgumentException>(() => index.Quantize(new ScalarCodec(9, MetricKind.Dot, 8)));
        Assert.Throws<ArgumentException>(() => index.Quantize(new ScalarCodec(8, MetricKind.Cosine, 8)));
        index.Quantize(new ScalarCodec(8, MetricKind.Dot, 8));
        Assert.Equal(3, index.Rescore);
        for (int i = 0; i < 100; i++) index.Add(i, CodecBench.Gauss(random, 8));
        float[] query = CodecBench.Gauss(random, 8);
        var (a, b) = (new Neighbor[100], new Neighbor[100]);
        Assert.Equal(100, index.Search(query, a));
        index.Quantize(new ScalarCodec(8, MetricKind.Dot, 4));
        Assert.Equal(6, index.Rescore);
        Assert.Equal(100, index.Search(query, b));
        Assert.Equal(a, b);
        index.Quantize(new Float32Codec(8, MetricKind.Dot));
        Assert.Null(index.Codec);
        Assert.Equal(100, index.Search(query, b));
        Assert.Equal(a.Select(h => h.Id), b.Select(h => h.Id));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Rescore = -1);
    }

    [Fact]
    public void More_queries_than_fit_into_a_block_of_candidates_are_answered_in_turns()
    {
        var random = new Random(10);
        using var index = Filled("sq8", MetricKind.SquaredL2, 4, 9000, random, out _);
        index.Rescore = 10_000;
        const int M = 300;
        float[] queries = [.. Enumerable.Range(0, M).SelectMany(_ => CodecBench.Gauss(random, 4))];
        var hits = new Neighbor[M];
        index.Search(queries, hits, new int[M], threads: 2);
        for (int q = 0; q < M; q += 13)
        {
            var alone = new Neighbor[1];
            index.Search(queries.AsSpan(q * 4, 4), alone);
            Assert.Equal(alone[0], hits[q]);
        }
    }

    private static VectorCodec Codec(string kind, IReadOnlyList<ReadOnlyMemory<float>> sample, int d, MetricKind metric) => kind switch
    {
        "sq8" => ScalarCodec.Train(sample, d, metric, 8),
        "sq4" => ScalarCodec.Train(sample, d, metric, 4),
        "pq" => ProductCodec.Train(sample, d, metric, Math.Max(1, d / 4)),
        "opq" => ProductCodec.Train(sample, d, metric, Math.Max(1, d / 4), rotate: true),
        _ => RabitqCodec.Train(sample, d, metric, kind.Length > 6 ? kind[^1] - '0' : 1),
    };

    /// <summary>An index with a codec, of which half the rows came before the codec.</summary>
    private static FlatIndex Filled(string kind, MetricKind metric, int d, int n, Random random, out Dictionary<long, float[]> rows)
    {
        ReadOnlyMemory<float>[] sample = [.. Enumerable.Range(0, 100).Select(_ => (ReadOnlyMemory<float>)CodecBench.Vector(random, d, metric))];
        var index = new FlatIndex(d, metric);
        rows = [];
        for (int i = 0; i < n; i++)
        {
            if (i == n / 2) index.Quantize(Codec(kind, sample, d, metric));
            rows[i] = i % 7 == 6 ? rows[i - 3] : CodecBench.Vector(random, d, metric);   // some of them twice
            index.Add(i, rows[i]);
        }

        if (n == 0) index.Quantize(Codec(kind, sample, d, metric));
        return index;
    }

    /// <summary>Removes a third of the rows, the last one among them, and adds some.</summary>
    private static void Change(FlatIndex index, Dictionary<long, float[]> rows, MetricKind metric, Random random)
    {
        foreach (long id in rows.Keys.Where(id => id % 3 == 1 || id == rows.Count - 1).ToArray())
        {
            Assert.True(index.Remove(id));
            rows.Remove(id);
        }

        for (int i = 0; i < 40; i++)
        {
            long id = 100_000 - i;
            rows[id] = CodecBench.Vector(random, index.Dimensions, metric);
            index.Add(id, rows[id]);
        }
    }
}
