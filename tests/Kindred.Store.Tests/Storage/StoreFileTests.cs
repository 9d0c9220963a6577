using Kindred.Store.Storage;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Storage;

public sealed class StoreFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_model_is_refused_with_both_names()
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel("first"))) await store.PutAsync(Doc("a", "text"));
        var error = await Assert.ThrowsAsync<StoreModelMismatchException>(() => temp.OpenAsync(new FakeModel("second")));
        Assert.Contains("first", error.Message);
        Assert.Contains("second", error.Message);
        Assert.Contains("index the documents into a new store", error.Message);
        Assert.Equal(("first", "second"), (error.StoreModel, error.GivenModel));
        await Assert.ThrowsAsync<StoreModelMismatchException>(() => temp.OpenAsync(new FakeModel("first", dimensions: 32)));
        await using var again = await temp.OpenAsync(new FakeModel("first"));
        Assert.Equal(1, again.ReadInfo().Chunks);
    }

    [Fact]
    public async Task Info_needs_no_model()
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel())) await store.PutAsync(Doc("a", "text"), Doc("b", "more"));
        var info = KindredStore.ReadInfo(temp.Store);
        Assert.Equal(("fake", "test:fake:96", 96, 1L, 2L, 2L, 4), (info.ModelName, info.ModelFingerprint, info.Dimensions, info.Sources, info.Documents, info.Chunks, info.FormatVersion));
        Assert.InRange(info.Created, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        var missing = Assert.Throws<StoreException>(() => KindredStore.ReadInfo(Path.Combine(temp.Root, "none")));
        Assert.Contains("none", missing.Message);
        Assert.False(File.Exists(Path.Combine(temp.Root, "none")));
    }

    [Fact]
    public async Task A_pipe_is_no_store_and_holds_nobody_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        using var temp = new TempFolder();
        string pipe = Path.Combine(temp.Root, "pipe");
        using (var process = System.Diagnostics.Process.Start("mkfifo", pipe)) await process.WaitForExitAsync(Cancel);
        File.CreateSymbolicLink(Path.Combine(temp.Root, "link"), "pipe");
        foreach (string path in new[] { pipe, Path.Combine(temp.Root, "link") })
        {
            await Assert.ThrowsAsync<StoreException>(() => Task.Run(() => KindredStore.ReadInfo(path), Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel));
            await Assert.ThrowsAsync<StoreException>(() => Task.Run(() => KindredStore.OpenAsync(path, new FakeModel(), Cancel), Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        }
    }

    [Fact]
    public async Task A_store_without_its_word_index_is_damaged()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("a", "text"));
        using (var sql = temp.Sql()) StoreFile.Execute(sql, "DROP TABLE chunks_fts");
        Assert.Contains("gone", (await Assert.ThrowsAsync<StoreCorruptException>(() => store.AllAsync("text", new SearchOptions { Method = SearchMethod.Words }))).Message);
    }

    [Theory, InlineData("some text\n"), InlineData("%PDF-1.7"), InlineData("SQLite format 3\0cut off")]
    public async Task A_file_that_is_no_store_is_named_and_left_alone(string content)
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp.Store, content);
        await RefusedAsync(temp, "not an SQLite file");
    }

    [Fact]
    public async Task Long_rubbish_is_no_store()
    {
        using var temp = new TempFolder();
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(temp.Store, bytes);
        await RefusedAsync(temp, "not an SQLite file");
    }

    [Fact]
    public async Task Another_programs_database_is_left_alone()
    {
        using var temp = new TempFolder();
        using (var other = temp.Sql())
        using (var command = other.CreateCommand())
        {
            command.CommandText = "PRAGMA journal_mode=WAL; CREATE TABLE precious(x); INSERT INTO precious VALUES (1)";
            command.ExecuteNonQuery();
        }
        await RefusedAsync(temp, "another program");
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        using var temp = new TempFolder();
        await using (await temp.OpenAsync(new FakeModel()))
        {
        }
        using (var file = File.OpenWrite(temp.Store))
        {
            file.Position = 63;   // the low byte of user_version
            file.WriteByte(9);
        }
        await RefusedAsync(temp, "newer");
    }

    [Fact]
    public async Task A_folder_or_a_missing_folder_is_named()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp.Store);
        Assert.Contains(temp.Store, (await Assert.ThrowsAsync<StoreFormatException>(() => temp.OpenAsync(new FakeModel()))).Message);
        string deep = Path.Combine(temp.Root, "no", "such", "s");
        Assert.Contains(deep, (await Assert.ThrowsAsync<StoreException>(() => KindredStore.OpenAsync(deep, new FakeModel(), Cancel))).Message);
    }

    [Fact]
    public async Task An_empty_file_becomes_a_store()
    {
        using var temp = new TempFolder();
        File.WriteAllBytes(temp.Store, []);
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Two_may_make_the_same_store_at_once()
    {
        using var temp = new TempFolder();
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => temp.OpenAsync(new FakeModel()))));
        await Task.WhenAll(stores.Select((s, i) => s.PutAsync(Doc($"d{i}", $"text {i}"))));
        Assert.Equal(6, stores[0].ReadInfo().Documents);
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task Every_cut_and_flipped_page_gives_one_line_or_an_answer()
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.PutAsync([.. Enumerable.Range(0, 200).Select(i => Doc($"d{i}", Noise(i, 30), ("n", i)))]);
        byte[] good = File.ReadAllBytes(temp.Store);
        var random = new Random(5);
        for (int round = 0; round < 40; round++)
        {
            byte[] bad = round < 10 ? good[..(good.Length * round / 10)] : [.. good];
            if (round >= 10)
                for (int i = 0; i < 200; i++) bad[100 + random.Next(bad.Length - 100)] ^= (byte)(1 << random.Next(8));
            foreach (string side in Directory.GetFiles(temp.Root)) File.Delete(side);
            File.WriteAllBytes(temp.Store, bad);
            try
            {
                await using var store = await temp.OpenAsync(new FakeModel());
                await store.FindAsync("w1 w2 w3", filter: "n >= 0");
                await store.CheckAsync(Cancel);
                await store.PutAsync(Doc("new", "new text"));
            }
            catch (StoreException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(temp.Store, e.Message);
            }
        }
    }

    [Fact]
    public async Task A_check_after_a_check_and_many_writes_finds_no_fault()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 40; i++) await store.PutAsync(Doc($"d{i}", Noise(round * 40 + i, 20)));
            await store.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Rows_that_hold_nonsense_are_a_corrupt_store()
    {
        foreach (string sql in (string[])["UPDATE documents SET payload = '{broken'", "UPDATE documents SET payload = '[1]'", "UPDATE documents SET payload = ''"])
        {
            using var temp = new TempFolder();
            await using var store = await temp.OpenAsync(new FakeModel());
            await store.PutAsync(Doc("a", "alpha beta", ("n", 1)));
            using (var other = temp.Sql())
            using (var command = other.CreateCommand())
            {
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }
            foreach (string? filter in (string?[])[null, "n = 1", "not n = 1"])
            {
                try
                {
                    await store.FindAsync("alpha", filter: filter);
                    Assert.Equal("n = 1", filter);   // nothing found, nothing read
                }
                catch (StoreCorruptException e)
                {
                    Assert.Contains(temp.Store, e.Message);
                    Assert.DoesNotContain('\n', e.Message);
                }
            }
            Assert.Contains((await store.CheckAsync(Cancel)).Problems, p => p.Contains("document 1"));
        }
    }

    [Fact]
    public async Task The_check_sees_what_is_wrong()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("a", "alpha beta"), Doc("b", "gamma delta"));
        await store.AssertSoundAsync();
        using (var sql = temp.Sql())
        using (var command = sql.CreateCommand())
        {
            command.CommandText = """
                PRAGMA foreign_keys=OFF; DROP TRIGGER chunks_changed;
                UPDATE chunks SET text = 'other', vector = zeroblob(8) WHERE id = 1;
                UPDATE documents SET source_id = 77 WHERE id = 2;
                """;
            command.ExecuteNonQuery();
        }
        var report = await store.CheckAsync(Cancel);
        Assert.False(report.Ok);
        Assert.Contains(report.Problems, p => p.Contains("text of chunk 1"));
        Assert.Contains(report.Problems, p => p.Contains("vector of chunk 1"));
        Assert.Contains(report.Problems, p => p.Contains("sources"));
        Assert.Contains(report.Problems, p => p.Contains("word index"));
    }

    private static async Task RefusedAsync(TempFolder temp, string reason)
    {
        byte[] before = File.ReadAllBytes(temp.Store);
        var error = await Assert.ThrowsAsync<StoreFormatException>(() => temp.OpenAsync(new FakeModel()));
        Assert.Contains(temp.Store, error.Message);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Throws<StoreFormatException>(() => KindredStore.ReadInfo(temp.Store));
        Assert.Equal(before, File.ReadAllBytes(temp.Store));
        Assert.Equal([temp.Store], Directory.GetFiles(temp.Root));
    }
}
