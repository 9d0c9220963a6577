using System.IO.Hashing;
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
        Assert.Equal(207, index.Lists);   // 6·√1200
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
                var all = new Neighbor[5000];
                var scores = all[..flat.Search(query, all, only)].ToDictionary(h => h.Id, h => h.Score);
                foreach (int k in new[] { 1, 10, 300, 5000 })
                {
                    var (a, b) = (new Neighbor[k], new Neighbor[k]);
                    int found = flat.Search(query, a, only);
                    Assert.Equal(found, index.Search(query, b, only));
                    Assert.Equal(found, b[..found].Select(h => h.Id).Distinct().Count());
                    for (int i = 0; i < found; i++)
                    {
                        // the two add up in different orders: rows that are all but equally near may change places
                        float tolerance = 1e-5f * (1 + Math.Abs(a[i].Score));
                        Assert.Equal(a[i].Score, b[i].Score, tolerance);
                        Assert.Equal(scores[b[i].Id], b[i].Score, tolerance);
                    }
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
            Assert.Throws<VectorFileException>(() => OpenAndVerify(_path));
        }
    }

    [Fact]
    public void A_file_with_right_checksums_and_wrong_fields_is_refused_or_answers()
    {
        foreach (var metric in CodecBench.Metrics)
        {
            var rows = CodecBench.Clustered(8, 5, metric, 8);
            VectorCodec[] codecs = metric switch
            {
                MetricKind.Cosine => [ScalarCodec.Train(rows, 5, metric, 4)],
                MetricKind.Dot => [RabitqCodec.Train(rows, 5, metric)],
                _ => [ProductCodec.Train(rows, 5, metric, 2, rotate: true, cancel: TestContext.Current.CancellationToken)],
            };
            foreach (var codec in codecs)
            {
                using (var small = Build(rows, Ids(8), codec, new IvfOptions { Lists = 2, Rescorer = new Float32Codec(5, metric) })) small.Save(_path);
                byte[] good = File.ReadAllBytes(_path);
                Assert.Equal(good, Sealed(good));
                var random = new Random(1);
                int refused = 0;
                for (int at = 8; at < good.Length; at += 1 + (at / 300))
                {
                    byte[] forged = [.. good];
                    forged[at] = (byte)random.Next(256);
                    if (at % 3 == 0 && at + 4 <= good.Length) new byte[] { 0xff, 0xff, 0xff, (byte)(at % 2 == 0 ? 0x7f : 0xff) }.CopyTo(forged, at);
                    File.WriteAllBytes(_path, Sealed(forged));
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    try
                    {
                        using var opened = OpenAndVerify(_path);
                        opened.Nprobe = 2;
                        foreach (var row in rows) opened.Search(row.Span, new Neighbor[8]);
                        opened.Remove(3);
                        opened.Add(1000, rows[0].Span);
                    }
                    catch (VectorFileException)
                    {
                        refused++;
                    }

                    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
                }

                Assert.True(refused > 60, $"{codec.Name} {metric}: {refused}");
            }
        }
    }

    [Fact]
    public void Spoilt_files_give_the_one_error_in_little_memory()
    {
        var rows = CodecBench.Clustered(40, 6, MetricKind.Dot, 8);
        using (var small = Build(rows, Ids(40), RabitqCodec.Train(rows, 6, MetricKind.Dot), new IvfOptions { Lists = 3, Rescorer = new Float32Codec(6, MetricKind.Dot) })) small.Save(_path);
        HostileFile.Check(File.ReadAllBytes(_path), path =>
        {
            using var opened = OpenAndVerify(path);
            opened.Search(rows[0].Span, new Neighbor[40]);
        });
    }

    [Fact]
    public void A_damaged_list_is_found_when_a_search_comes_to_it()
    {
        var rows = CodecBench.Clustered(60, 5, MetricKind.SquaredL2, 8);
        using (var index = Build(rows, Ids(60), RabitqCodec.Train(rows, 5, MetricKind.SquaredL2), new IvfOptions { Lists = 4, Rescorer = new Float32Codec(5, MetricKind.SquaredL2) })) index.Save(_path);
        byte[] bytes = File.ReadAllBytes(_path);
        int exact = 4096;   // all before the rows for rescoring takes less than a page
        bytes[exact + 3] ^= 1;
        File.WriteAllBytes(_path, bytes);
        using (var opened = IvfIndex.Open(_path))
        {
            Assert.Equal(10, opened.Search(rows[0].Span, new Neighbor[10]));
            Assert.Contains("rows for rescoring of list 0", Assert.Throws<VectorFileException>(() => opened.Verify(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        }

        bytes[exact + 3] ^= 1;
        int last = Array.FindLastIndex(bytes, exact - 1, b => b != 0);
        bytes[last] ^= 1;
        File.WriteAllBytes(_path, bytes);
        using var damaged = IvfIndex.Open(_path);
        Assert.Contains("list 3", Assert.Throws<VectorFileException>(() => damaged.Search(rows[0].Span, new Neighbor[60])).Message, StringComparison.Ordinal);
        Assert.Throws<VectorFileException>(() => damaged.Add(5000, rows[0].Span));
        Assert.Equal(60, damaged.Count);
    }

    [Theory, MemberData(nameof(Metrics))]
    public void An_opened_file_can_be_changed_and_saved_over_itself(MetricKind metric)
    {
        var rows = CodecBench.Clustered(900, 12, metric, 8);
        foreach (VectorCodec codec in new VectorCodec[] { new Float32Codec(12, metric), RabitqCodec.Train(rows, 12, metric), ProductCodec.Train(rows[..300], 12, metric, 6, cancel: TestContext.Current.CancellationToken) })
        {
            using var memory = Build(rows[..800], Ids(800, 1), codec, new IvfOptions { Lists = 20, Rescorer = codec.IsExact ? null : new Float32Codec(12, metric) });
            memory.Save(_path);
            using var opened = IvfIndex.Open(_path);
            if (!codec.IsExact) Assert.True(opened.MemoryBytes < 0.7 * memory.MemoryBytes);   // the rows for rescoring stay in the file
            byte[] before = File.ReadAllBytes(_path);
            foreach (var index in new[] { memory, opened })
            {
                for (int i = 0; i < 800; i += 3) Assert.True(index.Remove(i));
                for (int i = 800; i < 900; i++) index.Add(i, rows[i].Span);
                index.Nprobe = 7;
            }

            Assert.Equal(before, File.ReadAllBytes(_path));
            Same(memory, opened);
            opened.Verify(TestContext.Current.CancellationToken);
            opened.Save(_path);
            Same(memory, opened);
            using var again = OpenAndVerify(_path);
            Same(memory, again);

            void Same(IvfIndex a, IvfIndex b)
            {
                Assert.Equal(a.Count, b.Count);
                for (int q = 0; q < 30; q++)
                {
                    var (x, y) = (new Neighbor[12], new Neighbor[12]);
                    Assert.Equal(a.Search(rows[q * 30].Span, x), b.Search(rows[q * 30].Span, y));
                    Assert.Equal(x, y);
                }
            }
        }
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Rows_streamed_into_a_file_make_the_index_that_memory_makes(MetricKind metric)
    {
        var rows = CodecBench.Clustered(9000, 10, metric, 8);
        foreach (VectorCodec codec in new VectorCodec[] { new Float32Codec(10, metric), ScalarCodec.Train(rows, 10, metric, 8), RabitqCodec.Train(rows, 10, metric, 2) })
        {
            var options = new IvfOptions { Lists = 50, Rescorer = codec.IsExact ? null : new Float32Codec(10, metric) };
            using var memory = Build(rows, Ids(9000, 1), codec, options);
            IvfIndex.BuildFile(_path, rows, rows, codec, options, TestContext.Current.CancellationToken);
            string saved = _path + ".saved";
            memory.Save(saved);
            Assert.Equal(File.ReadAllBytes(saved), File.ReadAllBytes(_path));
            File.Delete(saved);
        }

        // a source that fails, or is cancelled, leaves nothing behind and the old file as it was
        byte[] old = File.ReadAllBytes(_path);
        Assert.Throws<ArgumentException>(() => BuildFile([.. rows[..5000], new float[9]]));
        Assert.Contains("rows[4999]", Assert.Throws<ArgumentException>(() => BuildFile([.. rows[..4999], Enumerable.Repeat(float.NaN, 10).ToArray()])).ParamName, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => IvfIndex.BuildFile(_path, CancelIn(rows, cancelled), rows[..100], new Float32Codec(10, metric), null, cancelled.Token));
        Assert.Equal(old, File.ReadAllBytes(_path));
        Assert.Equal([_path], Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*"));
        BuildFile([]);
        using var empty = OpenAndVerify(_path);
        Assert.Equal(0, empty.Search(rows[0].Span, new Neighbor[3]));
        empty.Add(7, rows[0].Span);
        Assert.Equal(1, empty.Search(rows[0].Span, new Neighbor[3]));

        void BuildFile(IReadOnlyList<ReadOnlyMemory<float>> all) =>
            IvfIndex.BuildFile(_path, all, all.Count == 0 ? [] : rows[..100], new Float32Codec(10, metric), null, TestContext.Current.CancellationToken);
        static IEnumerable<ReadOnlyMemory<float>> CancelIn(ReadOnlyMemory<float>[] all, CancellationTokenSource source)
        {
            for (int i = 0; i < all.Length; i++)
            {
                if (i == 6000) source.Cancel();
                yield return all[i];
            }
        }
    }

    /// <summary>Tight clusters far from each other: a code of the whole vector spends its bits on which cluster it is.</summary>
    [Theory, MemberData(nameof(Metrics))]
    public void Codes_of_what_is_left_after_the_centroid_rank_tight_clusters(MetricKind metric)
    {
        const int D = 32, Clusters = 8;
        var random = new Random(7);
        float[][] centres = [.. Enumerable.Range(0, Clusters).Select(_ => CodecBench.Vector(random, D, metric))];
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 1600).Select(i => (ReadOnlyMemory<float>)Near(i % Clusters))];
        VectorCodec[] codecs = [RabitqCodec.Train(rows, D, metric, 3), ScalarCodec.Train(rows, D, metric, 4), ProductCodec.Train(rows[..64], D, metric, 16, cancel: TestContext.Current.CancellationToken)];
        foreach (var codec in codecs)
        {
            using var index = Build(rows, Ids(1600, 1), codec, new IvfOptions { Lists = Clusters });
            index.Nprobe = Clusters;
            int inLists = 0, whole = 0;
            for (int q = 0; q < 20; q++)
            {
                float[] query = Near(q % Clusters);
                double[] exact = [.. rows.Select(r => CodecBench.Exact(metric, query, r.Span))];
                var truth = Enumerable.Range(0, rows.Length).OrderByDescending(i => exact[i]).Take(10).Select(i => (long)i).ToArray();
                var hits = new Neighbor[30];
                index.Search(query, hits);
                inLists += hits.Select(h => h.Id).Intersect(truth).Count();
                float[] scores = CodecBench.Scores(codec, query, rows);
                whole += Enumerable.Range(0, rows.Length).OrderByDescending(i => scores[i]).Take(30).Select(i => (long)i).Intersect(truth).Count();
            }

            Assert.True(inLists >= 0.85 * 200, $"{codec.Name} {metric}: {inLists} of 200, and {whole} without lists");
            if (metric == MetricKind.SquaredL2 && codec.Name != "pq") Assert.True(whole < 0.7 * 200, $"{codec.Name} {metric}: {whole} of 200 without lists, {inLists} with");
        }

        float[] Near(int cluster)
        {
            float[] row = [.. centres[cluster].Zip(CodecBench.Gauss(random, D, 0.002), (a, b) => a + b)];
            if (metric == MetricKind.Cosine) Metric.Normalize(row);
            return row;
        }
    }

    [Fact]
    public void Fewer_rows_than_lists_make_fewer_lists()
    {
        var rows = CodecBench.Clustered(5, 4, MetricKind.SquaredL2, 8);
        using var index = Build(rows, Ids(5), RabitqCodec.Train(rows, 4, MetricKind.SquaredL2), new IvfOptions { Lists = 1000, Rescorer = new Float32Codec(4, MetricKind.SquaredL2) });
        Assert.Equal(5, index.Lists);
        var hits = new Neighbor[9];
        Assert.Equal(5, index.Search(rows[2].Span, hits));
        Assert.Equal(6, hits[0].Id);
    }

    private static IvfIndex OpenAndVerify(string path)
    {
        var index = IvfIndex.Open(path);
        try
        {
            index.Verify(TestContext.Current.CancellationToken);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>The file with checksums that are right, as far as its own fields tell where its parts are.</summary>
    private static byte[] Sealed(byte[] file)
    {
        byte[] bytes = [.. file];
        int d = BitConverter.ToInt32(bytes, 8), lists = BitConverter.ToInt32(bytes, 24);
        long codecs = BitConverter.ToInt64(bytes, 40);
        long centroids = 256 + codecs, directory = centroids + Aligned((long)lists * d * 4), end = directory + Aligned(lists * 24L);
        if (d > 0 && lists > 0 && codecs > 0 && codecs < bytes.Length && end <= bytes.Length)
        {
            using (var stream = new MemoryStream(bytes, 256, (int)codecs))
            using (var reader = new BinaryReader(stream))
            {
                try
                {
                    var metric = (MetricKind)BitConverter.ToInt32(bytes, 12);
                    var codec = CodecFile.Read(reader, d, metric);
                    var rescorer = reader.ReadBoolean() ? CodecFile.Read(reader, d, metric) : null;
                    int[] counts = [.. Enumerable.Range(0, lists).Select(i => BitConverter.ToInt32(bytes, (int)directory + (i * 24)))];
                    var layout = new IvfLayout(end, counts, codec.ListCodeBytes, rescorer?.CodeBytes ?? 0);
                    for (int i = 0; i < lists && counts.All(c => c >= 0) && layout.End == bytes.Length; i++)
                    {
                        Seal((int)layout.Ids(i), (int)layout.ListBytes(i), (int)directory + (i * 24) + 8);
                        Seal((int)layout.Exact(i), (int)layout.ExactBytes(i), (int)directory + (i * 24) + 16);
                    }
                }
                catch (Exception e) when (e is IOException or ArgumentException or InvalidDataException)
                {
                    // lists whose place cannot be told stay as they are
                }
            }

            Seal(256, (int)codecs, 48);
            Seal((int)centroids, (int)(directory - centroids), 56);
            Seal((int)directory, (int)(end - directory), 64);
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(248), XxHash3.HashToUInt64(bytes.AsSpan(0, 248)));
        return bytes;

        // a small section is one piece: the hash of its hash; an empty one has no piece
        void Seal(int from, int count, int to)
        {
            byte[] pieces = count == 0 ? [] : BitConverter.GetBytes(XxHash3.HashToUInt64(bytes.AsSpan(from, count)));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(to), XxHash3.HashToUInt64(pieces));
        }

        static long Aligned(long count) => (count + 63) / 64 * 64;
    }

    private static IvfIndex Build(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<long> ids, VectorCodec codec, IvfOptions? options = null) =>
        IvfIndex.Build(rows, ids, codec, options, TestContext.Current.CancellationToken);

    private static long[] Ids(int n, int step = 3) => [.. Enumerable.Range(0, n).Select(i => (long)i * step)];
}
