using System.Globalization;
using System.Numerics.Tensors;
using Kindred.Store.Search;
using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Search;

public sealed class VectorCacheTests
{
    private static readonly StoreSettings Small = new() { GraphFrom = 100 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_store_makes_a_graph_and_answers_from_it()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        Assert.True(File.Exists(Side(temp)));
        Assert.False(File.Exists(Side(temp) + ".new"));
        var made = File.GetLastWriteTimeUtc(Side(temp));
        await AssertAnswersAsync(temp, 200);
        Assert.Equal(made, File.GetLastWriteTimeUtc(Side(temp)));   // used, not made again
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        Assert.Equal(200, (await store.CheckAsync(Cancel)).Graph);
    }

    [Fact]
    public async Task A_search_starts_the_making()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        await store.PutAsync([.. Enumerable.Range(0, 200).Select(i => Doc($"d{i}", Text(i)))]);
        Assert.Equal("d7", (await store.FindAsync(Text(7), 1))[0].DocumentId);
        for (int wait = 0; !File.Exists(Side(temp)) && wait < 600; wait++) await Task.Delay(50, Cancel);
        Assert.True(File.Exists(Side(temp)));
        Assert.Equal("d7", (await store.FindAsync(Text(7), 1))[0].DocumentId);
    }

    [Fact]
    public async Task A_small_store_makes_none()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 50);
        Assert.False(File.Exists(Side(temp)));
    }

    [Fact]
    public async Task The_graph_finds_nearly_all_with_and_without_a_filter()
    {
        using var temp = new TempFolder();
        var vectors = Mixture(3000, 96, seed: 4);
        var model = new FakeModel { Special = text => text[0] == 'v' ? vectors[int.Parse(text[1..], CultureInfo.InvariantCulture)] : null };
        await using var store = await temp.OpenAsync(model, Small);
        await store.PutAsync([.. Enumerable.Range(0, 3000).Select(i => Doc($"v{i}", $"v{i}", ("tenth", i % 10), ("rare", i % 500 == 0)))]);
        await store.MakeGraphAsync(cancellationToken: Cancel);
        foreach (var (filter, admits) in new (string?, Func<int, bool>)[] { (null, _ => true), ("tenth = 3", i => i % 10 == 3), ("rare = true", i => i % 500 == 0), ("tenth > 0", i => i % 10 > 0) })
        {
            int found = 0, wanted = 0;
            foreach (var query in Mixture(50, 96, seed: 5))
            {
                var truth = Enumerable.Range(0, 3000).Where(admits).OrderByDescending(i => TensorPrimitives.CosineSimilarity(query, vectors[i])).Take(10).Select(i => $"v{i}").ToHashSet();
                var hits = await store.FindAsync(query, 10, filter);
                Assert.All(hits, hit => Assert.True(admits(int.Parse(hit.DocumentId[1..], CultureInfo.InvariantCulture))));
                wanted += truth.Count;
                found += hits.Count(hit => truth.Contains(hit.DocumentId));
            }

            Assert.True(found >= 0.95 * wanted, $"{filter}: {found} of {wanted}");
        }
    }

    [Fact]
    public async Task Writes_and_searches_do_not_wait_while_a_graph_is_made()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), Small with { GraphFrom = 2000 });
        await store.PutAsync([.. Enumerable.Range(0, 2500).Select(i => Doc($"d{i}", Text(i)))]);
        using var reached = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        var making = store.MakeGraphAsync(
            new Held(() =>
            {
                reached.Set();
                released.Wait();
            }), Cancel);
        Assert.True(await Task.Run(() => reached.Wait(TimeSpan.FromMinutes(1)), Cancel));
        await store.PutAsync(Doc("new", "written meanwhile"));
        await store.RemoveAsync("d10", Cancel);
        Assert.Equal("new", (await store.FindAsync("written meanwhile", 1))[0].DocumentId);
        Assert.DoesNotContain(await store.FindAsync(Text(10)), hit => hit.DocumentId == "d10");
        Assert.False(making.IsCompleted);
        released.Set();
        await making;
        Assert.Equal("new", (await store.FindAsync("written meanwhile", 1))[0].DocumentId);
        Assert.DoesNotContain(await store.FindAsync(Text(10)), hit => hit.DocumentId == "d10");
        Assert.Equal(2500, (await store.FindAsync("anything", 10_000)).Count);
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task A_cancelled_making_is_made_another_time()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        await store.PutAsync([.. Enumerable.Range(0, 2500).Select(i => Doc($"d{i}", Text(i)))]);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.MakeGraphAsync(new Held(stop.Cancel), stop.Token));
        Assert.Equal(2500, (await store.FindAsync("anything", 10_000)).Count);
        await store.MakeGraphAsync(cancellationToken: Cancel);
        Assert.Equal(2500, (await store.CheckAsync(Cancel)).Graph);
    }

    [Fact]
    public async Task A_cut_or_broken_graph_is_made_again()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        byte[] good = File.ReadAllBytes(Side(temp));
        var random = new Random(3);
        for (int round = 0; round < 30; round++)
        {
            byte[] bad = [.. good];
            if (round < 12) bad = good[..(good.Length * round / 12)];
            else bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Side(temp), bad);
            await AssertAnswersAsync(temp, 200);
            await using (var store = await temp.OpenAsync(new FakeModel(), Small))
            {
                await store.MakeGraphAsync(cancellationToken: Cancel);
                var report = await store.CheckAsync(Cancel);
                Assert.Equal((200, 0), (report.Graph, report.Problems.Count));
            }
        }

        File.Delete(Side(temp));
        Directory.CreateDirectory(Side(temp));   // in the way
        await AssertAnswersAsync(temp, 200);
    }

    [Fact]
    public async Task A_check_names_what_is_wrong_with_the_graph()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        byte[] good = File.ReadAllBytes(Side(temp));
        byte[] bad = [.. good];
        bad[^40] ^= 1;
        File.WriteAllBytes(Side(temp), bad);
        Assert.Contains("graph is damaged", await ProblemAsync());

        // graphs that are whole and on record, of other vectors than the store's
        var file = new GraphFile(temp.Store, 96);
        var vectors = new Dictionary<long, float[]>();
        await using (var store = await temp.OpenAsync(new FakeModel()))
            foreach (var chunk in store.ReadChunks(cancellationToken: Cancel)) vectors[long.Parse(chunk.Passage.Id, CultureInfo.InvariantCulture)] = chunk.Vector.ToArray();
        Save(vectors.Where(v => v.Key != 17), 200);
        Assert.Equal("the graph lacks the vector of chunk 17", await ProblemAsync());
        Save(vectors.Select(v => v.Key == 40 ? new(40, vectors[41]) : v), 200);
        Assert.StartsWith("the vector of chunk 40 in the graph is another one", await ProblemAsync());
        Save(vectors, 200);
        Assert.Null(await ProblemAsync());

        void Save(IEnumerable<KeyValuePair<long, float[]>> rows, long highest)
        {
            using var graph = HnswIndex.Build([.. rows.Select(r => (ReadOnlyMemory<float>)r.Value)], [.. rows.Select(r => r.Key)], cancel: Cancel);
            Assert.True(file.TrySave(graph, new GraphMark(highest, 0)));
        }

        async Task<string?> ProblemAsync()
        {
            await using var store = await temp.OpenAsync(new FakeModel(), Small);
            return (await store.CheckAsync(Cancel)).Problems.SingleOrDefault();
        }
    }

    [Fact]
    public async Task A_stale_graph_serves_nothing_stale()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        byte[] old = File.ReadAllBytes(Side(temp));
        await using (var store = await temp.OpenAsync(new FakeModel()))
        {
            for (int i = 0; i < 200; i += 3) await store.RemoveAsync($"d{i}", TestContext.Current.CancellationToken);
            await store.PutAsync(Doc("d1", "replaced by this"));
        }
        await FillAsync(temp, 200, 50);
        File.WriteAllBytes(Side(temp), old);
        await using var again = await temp.OpenAsync(new FakeModel(), Small);
        Assert.Equal(200, (await again.CheckAsync(Cancel)).Graph);   // the old one is what it goes on from
        var hits = await again.FindAsync("anything", 1000);
        var expected = Enumerable.Range(0, 250).Where(i => i >= 200 || i % 3 != 0).Select(i => $"d{i}");
        Assert.Equal(expected.Order(), hits.Select(h => h.DocumentId).Order());
        Assert.Equal("replaced by this", (await again.FindAsync("replaced by this", 1))[0].Text);
    }

    [Fact]
    public async Task A_graph_from_before_the_removal_log_begins_is_compared_with_all_ids()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        await using (var store = await temp.OpenAsync(new FakeModel()))
            for (int i = 0; i < 40; i++) await store.RemoveAsync($"d{i}", Cancel);
        using (var sql = temp.Sql())
        {
            using var cut = sql.CreateCommand();
            cut.CommandText = "DELETE FROM removed_chunks WHERE line < 30";
            Assert.Equal(29, cut.ExecuteNonQuery());
        }

        await using var again = await temp.OpenAsync(new FakeModel(), Small);
        Assert.Equal(Enumerable.Range(40, 160).Select(i => $"d{i}").Order(), (await again.FindAsync("anything", 1000)).Select(h => h.DocumentId).Order());
    }

    [Fact]
    public async Task A_graph_of_another_history_is_not_believed()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 150);
        byte[] backup = File.ReadAllBytes(temp.Store);
        // more is added, and the side file made again with it
        await FillAsync(temp, 1000, 1200);
        File.WriteAllBytes(temp.Store, backup);
        // after the restore other documents get the same numbers
        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.PutAsync([.. Enumerable.Range(5000, 1200).Select(i => Doc($"d{i}", Text(i)))]);
        await using var again = await temp.OpenAsync(new FakeModel(), Small);
        for (int i = 5000; i < 6200; i += 100)
        {
            var hit = (await again.FindAsync(Text(i), 1))[0];
            Assert.Equal(($"d{i}", 1f), (hit.DocumentId, MathF.Round(hit.Score, 4)));
        }
    }

    [Fact]
    public async Task Writes_of_another_object_show_at_once()
    {
        using var temp = new TempFolder();
        var tiny = Small with { GraphFrom = 8 };   // a graph is made every few rounds, by both
        await using var reader = await temp.OpenAsync(new FakeModel(), tiny);
        await using var writer = await temp.OpenAsync(new FakeModel(), tiny);
        var expected = new HashSet<string>();
        var random = new Random(9);
        for (int round = 0; round < 200; round++)
        {
            if (round % 9 == 0) await writer.FindAsync("anything", 1);
            if (random.Next(3) > 0 || expected.Count == 0)
            {
                string id = $"d{random.Next(40)}";
                await writer.PutAsync(Doc(id, $"{id} round{round}"));
                expected.Add(id);
            }
            else
            {
                string id = expected.ElementAt(random.Next(expected.Count));
                await writer.RemoveAsync(id, TestContext.Current.CancellationToken);
                expected.Remove(id);
            }
            Assert.Equal(expected.Order(), (await reader.FindAsync($"round{round}", 100)).Select(h => h.DocumentId).Order());
        }
        await reader.AssertSoundAsync();
    }

    private static string Side(TempFolder temp) => temp.Store + "-vectors";

    private static string Text(int i) => $"item{i} {Noise(i, 10)}";

    private static async Task FillAsync(TempFolder temp, int from, int count)
    {
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        await store.PutAsync([.. Enumerable.Range(from, count).Select(i => Doc($"d{i}", Text(i)))]);
        await store.MakeGraphAsync(cancellationToken: Cancel);
    }

    private static float[][] Mixture(int count, int dimensions, int seed)
    {
        var centres = new Random(1);
        float[][] middle = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, dimensions).Select(_ => (float)centres.NextDouble() - 0.5f).ToArray())];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => middle[random.Next(30)].Select(x => x + ((float)random.NextDouble() - 0.5f)).ToArray())];
    }

    private static async Task AssertAnswersAsync(TempFolder temp, int count)
    {
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        Assert.Equal(count, (await store.FindAsync("anything", 10_000)).Count);
        for (int i = 0; i < count; i += 20)
        {
            var hit = (await store.FindAsync(Text(i), 1))[0];
            Assert.Equal(($"d{i}", 1f), (hit.DocumentId, MathF.Round(hit.Score, 4)));
        }
    }

    /// <summary>Calls back at the first report.</summary>
    private sealed class Held(Action first) : IProgress<int>
    {
        private int _told;

        public void Report(int value)
        {
            if (Interlocked.Exchange(ref _told, 1) == 0) first();
        }
    }
}
