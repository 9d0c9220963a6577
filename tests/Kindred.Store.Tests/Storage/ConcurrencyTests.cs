using System.Diagnostics;
using Kindred.Store.Storage;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Storage;

public sealed class ConcurrencyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_may_index_at_once()   // field case 7
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 150; i++)
        {
            temp.File($"A/a{i}.txt", $"apple number{i}");
            temp.File($"B/b{i}.txt", $"banana number{i}");
        }
        await using var first = await temp.OpenAsync(new FakeModel());
        await using var second = await temp.OpenAsync(new FakeModel());
        await Task.WhenAll(
            Task.Run(() => first.IndexAsync(temp.Documents("A")), Cancel),
            Task.Run(() => second.IndexAsync(temp.Documents("B")), Cancel));
        foreach (var store in (KindredStore[])[first, second])
        {
            Assert.Equal(300, (await store.FindAsync("apple banana", 1000)).Count);
            await store.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Two_may_index_the_same_folder_at_once()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 150; i++) temp.File($"docs/f{i}.txt", $"file number{i}");
        await using var first = await temp.OpenAsync(new FakeModel());
        await using var second = await temp.OpenAsync(new FakeModel());
        await Task.WhenAll(
            Task.Run(() => first.IndexAsync(temp.Documents()), Cancel),
            Task.Run(() => second.IndexAsync(temp.Documents()), Cancel));
        Assert.Equal((150, 150, 0), ((int)first.ReadInfo().Documents, (int)first.ReadInfo().Chunks, (int)first.ReadInfo().IncompleteSources));
        await second.AssertSoundAsync();
    }

    [Fact]
    public async Task A_writer_that_waits_too_long_says_so_and_readers_go_on()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { Patience = TimeSpan.FromMilliseconds(300) });
        await store.PutAsync(Doc("a", "before"));
        using (var other = temp.Sql())
        {
            StoreFile.Execute(other, "BEGIN IMMEDIATE");
            var error = await Assert.ThrowsAsync<StoreBusyException>(() => store.PutAsync(Doc("b", "after")));
            Assert.Contains("another process", error.Message);
            Assert.Contains(temp.Store, error.Message);
            Assert.Single(await store.FindAsync("before"));
            await using var reader = await temp.OpenAsync(new FakeModel());
            Assert.Single(await reader.FindAsync("before"));
            StoreFile.Execute(other, "ROLLBACK");
        }
        await store.PutAsync(Doc("b", "after"));
        Assert.Equal(2, store.ReadInfo().Documents);
    }

    [Fact]
    public async Task A_waiting_writer_can_be_cancelled()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        using var other = temp.Sql();
        StoreFile.Execute(other, "BEGIN IMMEDIATE");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AddAsync([Doc("b", "x")], cancellationToken: cancel.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8));   // the whole patience is ten
    }

    [Fact]
    public async Task Embedding_holds_no_lock()
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var slow = await temp.OpenAsync(model);
        await using var quick = await temp.OpenAsync(new FakeModel(), new StoreSettings { Patience = TimeSpan.FromMilliseconds(100) });
        bool wrote = false;
        model.Before = _ =>
        {
            quick.PutAsync(Doc("q", "quick")).GetAwaiter().GetResult();
            wrote = true;
        };
        await slow.PutAsync(Doc("s", "slow"));
        Assert.True(wrote);
        Assert.Equal(2, slow.ReadInfo().Documents);
    }

    [Fact]
    public async Task Readers_see_a_document_old_or_new_and_never_neither()
    {
        using var temp = new TempFolder();
        await using var writer = await temp.OpenAsync(new FakeModel());
        await using var reader = await temp.OpenAsync(new FakeModel());
        string[] Version(int v) => [.. Enumerable.Range(0, 4).Select(i => $"version{v} part{i} " + Noise(v * 4 + i, 120))];
        await writer.PutAsync(Doc("changing", string.Join("\n\n", Version(0))));
        using var done = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 3).Select(r => Task.Run(
            async () =>
            {
                int seen = 0;
                while (!done.IsCancellationRequested || seen == 0)
                {
                    var hits = await (r == 0 ? writer : reader).FindAsync("version part", 100);
                    Assert.NotEmpty(hits);
                    // all chunks of one document are of one version
                    Assert.Single(hits.SelectMany(h => h.Text.Split(' ').Where(w => w.StartsWith("version", StringComparison.Ordinal))).Distinct());
                    seen++;
                }
            }, Cancel)).ToArray();
        for (int v = 1; v <= 40; v++) await writer.PutAsync(Doc("changing", string.Join("\n\n", Version(v))));
        await done.CancelAsync();
        await Task.WhenAll(reading);
    }

    [Fact]
    public async Task Many_searches_and_writes_of_one_object_at_once()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(
            async () =>
            {
                for (int i = 0; i < 15; i++)
                {
                    await store.PutAsync(Doc($"{t}-{i}", $"thread{t} item{i}"));
                    Assert.Equal($"{t}-{i}", (await store.FindAsync($"thread{t} item{i}", 1))[0].DocumentId);
                    if (i % 5 == 4) Assert.Equal(1, await store.RemoveAsync($"{t}-{i}", Cancel));
                }
            }, Cancel)));
        Assert.Equal(8 * 12, (await store.FindAsync("item", 1000)).Count);
        await store.AssertSoundAsync();
    }
}
