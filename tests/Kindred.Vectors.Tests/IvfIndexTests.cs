using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;
using Kindred.Vectors.Tests.Quantizers;

namespace Kindred.Vectors.Tests;

public sealed class IvfIndexTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-ivf-{Guid.NewGuid():N}");

    public static TheoryData<MetricKind> Metrics => [MetricKind.Cosine, MetricKind.Dot, MetricKind.SquaredL2];

    public void Dispose() => File.Delete(_path);

    [Theory, MemberData(nameof(Metrics))]
    public void All_lists_with_an_exact_codec_equal_the_flat_index(MetricKind metric)
    {
        var rows = CodecBench.Clustered(1500, 19, MetricKind.Dot, 3);
        long[] ids = Ids(rows.Length);
        using var index = Build(rows[..1200], ids[..1200], new Float32Codec(19, metric));
        using var flat = new FlatIndex(19, metric);
        for (int i = 0; i < 1200; i++) flat.Add(ids[i], rows[i].Span);
        Assert.Equal(138, index.Lists);   // 4·√1200
        index.Nprobe = int.MaxValue;
        SameAsFlat();

        // and after changes: every third goes, others come, some return under another id
        for (int i = 0; i < 1200; i += 3) Assert.Equal(flat.Remove(ids[i]), index.Remove(ids[i]));
        for (int i = 1200; i < 1500; i++) AddBoth(ids[i], i);
        for (int i = 0; i < 300; i += 3) AddBoth(100_000 + i, i);
        Assert.Equal(flat.Count, index.Count);
        SameAsFlat();
        Assert.False(index.Remove(ids[0]));

        var filter = new IdSet();
        for (int i = 0; i < 1500; i += 7) filter.Add(ids[i]);
        SameAsFlat(filter);
        SameAsFlat(new IdSet());

        void AddBoth(long id, int row)
        {
            index.Add(id, rows[row].Span);
            flat.Add(id, rows[row].Span);
        }

        void SameAsFlat(IdSet? only = null)
        {
            for (int q = 0; q < 20; q++)
            {
                float[] query = CodecBench.Gauss(new Random(q), 19);
                foreach (int k in new[] { 1, 10, 300, 5000 })
                {
                    var (a, b) = (new Neighbor[k], new Neighbor[k]);
                    int found = flat.Search(query, a, only);
                    Assert.Equal(found, index.Search(query, b, only));
                    Assert.Equal(a[..found].Select(h => h.Id), b[..found].Select(h => h.Id));
                    for (int i = 0; i < found; i++) Assert.Equal(a[i].Score, b[i].Score, 1e-6f * (1 + Math.Abs(a[i].Score)));
                }
            }
        }
    }

    [Fact]
    public void Every_codec_with_rescoring_finds_what_flat_finds()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            var rows = CodecBench.Clustered(3000, 32, metric, 8);
            using var flat = new FlatIndex(32, metric);
            for (int i = 0; i < rows.Length; i++) flat.Add(i, rows[i].Span);
            VectorCodec[] codecs =
            [
                ScalarCodec.Train(rows, 32, metric, 8), ScalarCodec.Train(rows, 32, metric, 4), RabitqCodec.Train(rows, 32, metric), RabitqCodec.Train(rows, 32, metric, 4),
                ProductCodec.Train(rows[..1000], 32, metric, 16, cancel: TestContext.Current.CancellationToken),
            ];
            foreach (var codec in codecs)
            {
                using var index = Build(rows, Ids(rows.Length, 1), codec, new IvfOptions { Lists = 30, Rescorer = new Float32Codec(32, metric) });
                index.Nprobe = 15;
                index.Rescore = 20;
                int found = 0;
                for (int q = 0; q < 30; q++)
                {
                    var (a, b) = (new Neighbor[10], new Neighbor[10]);
                    float[] query = [.. rows[q * 90].Span];
                    flat.Search(query, a);
                    Assert.Equal(10, index.Search(query, b));
                    found += a.Select(h => h.Id).Intersect(b.Select(h => h.Id)).Count();

                    // what is found is scored exactly
                    if (metric != MetricKind.Dot) Assert.Equal(q * 90, b[0].Id);
                    foreach (var hit in b) Assert.Equal(CodecBench.Exact(metric, query, rows[hit.Id].Span), hit.Score, 1e-3);
                }

                Assert.True(found >= 0.9 * 300, $"{codec.Name} {metric}: {found} of 300");
            }
        }
    }

    [Fact]
    public void A_filter_finds_all_that_match_however_few_lists_are_asked_for()
    {
        var rows = CodecBench.Clustered(2000, 16, MetricKind.Cosine, 8);
        foreach (var rescorer in new VectorCodec?[] { null, new Float32Codec(16, MetricKind.Cosine) })
        {
            using var index = Build(rows, Ids(2000, 1), ScalarCodec.Train(rows, 16, MetricKind.Cosine, 8), new IvfOptions { Lists = 100, Rescorer = rescorer });
            index.Nprobe = 1;
            var filter = new IdSet();
            foreach (int id in new[] { 3, 700, 1234, 1999, 5555 }) filter.Add(id);
            var hits = new Neighbor[10];
            Assert.Equal(4, index.Search(rows[0].Span, hits, filter));
            Assert.Equal([3L, 700, 1234, 1999], hits[..4].Select(h => h.Id).Order());
            Assert.Equal(0, index.Search(rows[0].Span, hits, new IdSet()));
            Assert.Equal(2000, index.Search(rows[0].Span, new Neighbor[9000]));
            Assert.Equal(0, index.Search(rows[0].Span, []));
        }
    }

    [Fact]
    public void The_same_seed_builds_the_same_index_and_lists_are_balanced()
    {
        var rows = CodecBench.Clustered(3000, 8, MetricKind.SquaredL2, 8);
        var codec = new Float32Codec(8, MetricKind.SquaredL2);
        using var a = Build(rows, Ids(3000), codec, new IvfOptions { Seed = 4 });
        using var b = Build(rows, Ids(3000), codec, new IvfOptions { Seed = 4 });
        using var c = Build(rows, Ids(3000), codec, new IvfOptions { Seed = 5 });
        Assert.Equal(a.Centroids, b.Centroids);
        Assert.NotEqual(a.Centroids, c.Centroids);
    }

    [Fact]
    public void Empty_emptied_and_tiny_indexes_answer()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            using var index = Build([], [], new Float32Codec(2, metric));
            var hits = new Neighbor[3];
            Assert.Equal(0, index.Search([1, 0], hits));
            Assert.False(index.Remove(1));
            for (int round = 0; round < 3; round++)
            {
                for (int i = 0; i < 50; i++) index.Add(i, [i % 7, 1]);
                Assert.Equal(3, index.Search([6, 1], hits));
                Assert.Equal([6L, 13L, 20L], hits.Select(h => h.Id));
                for (int i = 49; i >= 0; i--) Assert.True(index.Remove(i));
                Assert.Equal(0, index.Count);
                Assert.Equal(0, index.Search([1, 0], hits));
            }
        }

        using var single = Build([new float[] { 3, 4 }], [long.MaxValue], new Float32Codec(2, MetricKind.Cosine));
        var one = new Neighbor[2];
        Assert.Equal(1, single.Search([3, 4], one));
        Assert.Equal(new Neighbor(long.MaxValue, 1), one[0] with { Score = MathF.Round(one[0].Score, 5) });
    }

    [Fact]
    public void Zero_vectors_and_equal_vectors_break_nothing()
    {
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 200).Select(i => (ReadOnlyMemory<float>)(i < 100 ? new float[4] : new float[] { 1, 1, 1, 1 }))];
        foreach (var metric in CodecBench.Metrics)
        {
            using var index = Build(rows, Ids(200, 1), ScalarCodec.Train(rows, 4, metric, 8));
            var hits = new Neighbor[200];
            Assert.Equal(200, index.Search([1, 1, 1, 1], hits));
            Assert.Equal(Enumerable.Range(100, 100).Select(i => (long)i), hits[..100].Select(h => h.Id).Order());
            Assert.Equal(200, index.Search(new float[4], hits));
            Assert.Equal(200, hits.Select(h => h.Id).Distinct().Count());
        }
    }

    [Fact]
    public void Bad_input_is_refused_and_leaves_the_index_as_it_was()
    {
        var codec = new Float32Codec(2, MetricKind.Dot);
        using var index = Build([new float[] { 1, 2 }], [1], codec);
        Assert.Throws<ArgumentException>(() => index.Add(1, [3, 4]));
        Assert.Throws<ArgumentException>(() => index.Add(2, [3]));
        Assert.Contains("Component 1", Assert.Throws<ArgumentException>(() => index.Add(2, [3, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => index.Search([float.PositiveInfinity, 0], new Neighbor[1]));
        Assert.Throws<ArgumentException>(() => index.Search([1], new Neighbor[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Nprobe = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Rescore = 0);
        Assert.Equal(1, index.Count);

        Assert.Throws<ArgumentException>(() => Build([new float[] { 1, 2 }], [], codec));
        Assert.Throws<ArgumentException>(() => Build([new float[] { 1, 2 }, new float[] { 1, 2 }], [1, 1], codec));
        Assert.Throws<ArgumentException>(() => Build([new float[] { 1, 2, 3 }], [1], codec));
        Assert.Throws<ArgumentException>(() => Build([new float[] { 1, float.NaN }], [1], codec));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build([], [], codec, new IvfOptions { Lists = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build([], [], codec, new IvfOptions { Iterations = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build([], [], codec, new IvfOptions { Balance = float.NaN }));
        Assert.Throws<ArgumentException>(() => Build([], [], codec, new IvfOptions { Rescorer = new Float32Codec(3, MetricKind.Dot) }));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => IvfIndex.Build([new float[] { 1, 2 }], [1], codec, null, cancelled.Token));
        index.Dispose();
        Assert.Throws<ObjectDisposedException>(() => index.Search([1, 2], new Neighbor[1]));
        index.Dispose();
    }

    [Fact]
    public void A_search_allocates_nothing_and_many_at_once_agree()
    {
        var rows = CodecBench.Clustered(2000, 24, MetricKind.SquaredL2, 8);
        using var index = Build(rows, Ids(2000, 1), RabitqCodec.Train(rows, 24, MetricKind.SquaredL2), new IvfOptions { Rescorer = new Float32Codec(24, MetricKind.SquaredL2) });
        var expected = rows[..100].Select(r => Hits(r)).ToArray();
        Parallel.For(0, 400, i => Assert.Equal(expected[i % 100], Hits(rows[i % 100])));

        var hits = new Neighbor[10];
        var filter = new IdSet();
        for (int i = 0; i < 2000; i += 2) filter.Add(i);
        for (int i = 0; i < 200; i++) index.Search(rows[i].Span, hits, i % 2 == 0 ? filter : null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) index.Search(rows[i].Span, hits, i % 2 == 0 ? filter : null);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        Neighbor[] Hits(ReadOnlyMemory<float> query)
        {
            var found = new Neighbor[10];
            index.Search(query.Span, found);
            return found;
        }
    }

    [Fact]
    public void A_saved_index_opens_equal_and_every_cut_and_flip_is_refused()
    {
        var rows = CodecBench.Clustered(60, 5, MetricKind.SquaredL2, 8);
        VectorCodec[] codecs =
        [
            new Float32Codec(5, MetricKind.SquaredL2), ScalarCodec.Train(rows, 5, MetricKind.SquaredL2, 4), ScalarCodec.Train(rows, 5, MetricKind.SquaredL2, 8), RabitqCodec.Train(rows, 5, MetricKind.SquaredL2),
            ProductCodec.Train(rows, 5, MetricKind.SquaredL2, 2, rotate: true, cancel: TestContext.Current.CancellationToken),
        ];
        foreach (var codec in codecs)
        {
            using var index = Build(rows, Ids(60), codec, new IvfOptions { Lists = 4, Rescorer = codec.IsExact ? null : new Float32Codec(5, MetricKind.SquaredL2) });
            (index.Nprobe, index.Rescore) = (3, 7);
            index.Save(_path);
            using var opened = IvfIndex.Open(_path);
            Assert.Equal((60, 4, 3, 7), (opened.Count, opened.Lists, opened.Nprobe, opened.Rescore));
            foreach (var row in rows)
            {
                var (a, b) = (new Neighbor[9], new Neighbor[9]);
                index.Search(row.Span, a);
                opened.Search(row.Span, b);
                Assert.Equal(a, b);
            }

            Assert.True(opened.Remove(index.Count));
            opened.Add(1000, rows[0].Span);
        }

        using (var small = Build(rows[..8], Ids(8), ScalarCodec.Train(rows, 5, MetricKind.SquaredL2, 8), new IvfOptions { Lists = 2 })) small.Save(_path);
        byte[] good = File.ReadAllBytes(_path);
        for (int cut = 0; cut < good.Length; cut++)
        {
            File.WriteAllBytes(_path, good[..cut]);
            Assert.Throws<VectorFileException>(() => IvfIndex.Open(_path));
        }

        for (int at = 0; at < good.Length; at++)
        {
            byte[] flipped = [.. good];
            flipped[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(_path, flipped);
            Assert.Throws<VectorFileException>(() => IvfIndex.Open(_path));
        }
    }

    [Fact]
    public void A_file_with_right_checksums_and_wrong_fields_is_refused()
    {
        var rows = CodecBench.Clustered(8, 5, MetricKind.Dot, 8);
        using (var small = Build(rows, Ids(8), ProductCodec.Train(rows, 5, MetricKind.Dot, 2, cancel: TestContext.Current.CancellationToken), new IvfOptions { Lists = 2 })) small.Save(_path);
        byte[] good = File.ReadAllBytes(_path);
        var random = new Random(1);
        int refused = 0;
        for (int at = 8; at < good.Length; at++)
        {
            if (at is >= 24 and < 32 or >= 56 and < 64) continue;
            byte[] forged = [.. good];
            forged[at] = (byte)random.Next(256);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(forged.AsSpan(24), System.IO.Hashing.XxHash64.HashToUInt64(forged.AsSpan(64)));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(forged.AsSpan(56), System.IO.Hashing.XxHash64.HashToUInt64(forged.AsSpan(0, 56)));
            File.WriteAllBytes(_path, forged);
            try
            {
                using var opened = IvfIndex.Open(_path);
                opened.Search(rows[0].Span, new Neighbor[8]);
            }
            catch (Exception e) when (e is VectorFileException or ArgumentException)
            {
                refused++;
            }
        }

        Assert.True(refused > 40, $"{refused}");
    }

    private static IvfIndex Build(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<long> ids, VectorCodec codec, IvfOptions? options = null) =>
        IvfIndex.Build(rows, ids, codec, options, TestContext.Current.CancellationToken);

    private static long[] Ids(int n, int step = 3) => [.. Enumerable.Range(0, n).Select(i => (long)i * step)];
}
