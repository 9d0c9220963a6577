using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Indexing;

public sealed class FolderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_run_embeds_only_what_changed()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 20; i++) temp.File($"docs/f{i:00}.txt", $"file number{i} about apples");
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        var first = await store.IndexAsync(temp.Documents());
        Assert.Equal((20, 0, 0, 20, 20), (first.Added, first.Changed, first.Unchanged, first.Documents, first.Chunks));
        Assert.Equal(20, model.Texts);
        Assert.InRange(model.Calls, 1, 2);   // small files share a call

        var second = await store.IndexAsync(temp.Documents());
        Assert.Equal((0, 0, 20, 0), (second.Added, second.Changed, second.Unchanged, second.Documents));
        Assert.Equal(20, model.Texts);

        File.SetLastWriteTimeUtc(Path.Combine(temp.Root, "docs/f03.txt"), DateTime.UtcNow.AddDays(1));   // touched, not changed
        temp.File("docs/f07.txt", "file number7 about pears");
        temp.File("docs/new.txt", "brand new");
        var third = await store.IndexAsync(temp.Documents());
        Assert.Equal((1, 1, 19), (third.Added, third.Changed, third.Unchanged));
        Assert.Equal(22, model.Texts);
        Assert.Equal("f07.txt", (await store.FindAsync("pears", 1))[0].Source);
        Assert.DoesNotContain(await store.FindAsync("number7 apples", 30), h => h.Text == "file number7 about apples");
        Assert.Equal(0, store.ReadInfo().IncompleteSources);
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Bytes_count_and_not_the_time_stamp()
    {
        using var temp = new TempFolder();
        string path = temp.File("docs/a.txt", "old words");
        var time = File.GetLastWriteTimeUtc(path);
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        temp.File("docs/a.txt", "new words");
        File.SetLastWriteTimeUtc(path, time);
        Assert.Equal(1, (await store.IndexAsync(temp.Documents())).Changed);
        Assert.Equal("new words", Assert.Single(await store.FindAsync("words")).Text);
    }

    [Fact]
    public async Task Vanished_files_go_with_prune_alone()   // field case 4: a long document goes whole
    {
        using var temp = new TempFolder();
        temp.File("docs/long.txt", string.Join("\n", Enumerable.Range(0, 500).Select(i => $"zebra sentence {i} {Noise(i, 60)}.")));
        temp.File("docs/keep.txt", "keep me");
        temp.File("docs/sub/gone.txt", "gone soon");
        temp.File("elsewhere/other.txt", "another root");
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        await store.IndexAsync(temp.Documents("elsewhere"));
        await store.PutAsync(Doc("mine", "given directly"));
        Assert.True((await store.FindAsync("zebra", 1000, "source = 'long.txt'")).Count > 40);

        File.Delete(Path.Combine(temp.Root, "docs/long.txt"));
        Directory.Delete(Path.Combine(temp.Root, "docs/sub"), recursive: true);
        File.Delete(Path.Combine(temp.Root, "elsewhere/other.txt"));
        Assert.Equal(0, (await store.IndexAsync(temp.Documents())).Removed);
        Assert.Equal(5, store.ReadInfo().Documents);
        Assert.Equal(2, (await store.IndexAsync(temp.Documents(), prune: true)).Removed);
        Assert.Equal(["another root", "given directly", "keep me"], (await store.FindAsync("zebra", 1000)).Select(h => h.Text).Order());
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_listed_and_keep_what_was_stored()
    {
        using var temp = new TempFolder();
        temp.File("docs/a.txt", "apples");
        temp.File("docs/b.txt", "bananas");
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        temp.File("docs/a.txt", "binary \0\0\0\u0001\u0002 now");
        temp.File("docs/c.bin", "\0");
        temp.File("docs/empty.txt", "");
        File.WriteAllText(Path.Combine(temp.Root, "docs/broken.pdf"), "%PDF-1.7 and then nothing");
        File.Delete(Path.Combine(temp.Root, "docs/b.txt"));
        File.CreateSymbolicLink(Path.Combine(temp.Root, "docs/b.txt"), "/nowhere/at/all");
        var report = await store.IndexAsync(temp.Documents(), prune: true);
        Assert.Contains(report.Skipped, s => s.Path == "a.txt" && s.Reason.Length > 0);
        Assert.Contains(report.Skipped, s => s.Path == "c.bin");
        Assert.Contains(report.Skipped, s => s.Path == "b.txt");
        Assert.Contains(report.Skipped, s => s.Path == "broken.pdf");
        Assert.Equal(["apples", "bananas"], (await store.FindAsync("fruit")).Select(h => h.Text).Order());
    }

    [Fact]
    public async Task Two_folders_with_the_same_names_do_not_collide()
    {
        using var temp = new TempFolder();
        temp.File("one/readme.md", "# Apples\n\nAll about apples.");
        temp.File("two/readme.md", "# Bananas\n\nAll about bananas.");
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents("one"));
        await store.IndexAsync(temp.Documents("two"));
        await store.IndexAsync(temp.Documents("one"), prune: true);
        var hits = await store.FindAsync("apples bananas");
        Assert.Equal(2, hits.Count);
        Assert.All(hits, h => Assert.Equal("readme.md", h.Source));
    }

    [Fact]
    public async Task A_cancelled_run_goes_on_where_it_stopped()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 300; i++) temp.File($"docs/f{i:000}.txt", $"file number{i}");
        var model = new FakeModel();
        using var cancel = new CancellationTokenSource();
        model.Before = _ =>
        {
            if (model.Calls == 3) cancel.Cancel();
        };
        await using (var store = await temp.OpenAsync(model))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AddAsync(temp.Documents(), cancellationToken: cancel.Token));
            int stored = (int)store.ReadInfo().Documents;
            Assert.InRange(stored, 64, 299);
            await store.AssertSoundAsync();

            int before = model.Texts;
            model.Before = null;
            var report = await store.IndexAsync(temp.Documents());
            Assert.Equal(300 - stored, report.Documents);
            Assert.Equal(300 - stored, model.Texts - before);
            Assert.Equal((300, 0), ((int)store.ReadInfo().Documents, (int)store.ReadInfo().IncompleteSources));
            await store.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Half_a_table_is_finished_not_begun_again()
    {
        using var temp = new TempFolder();
        temp.File("docs/t.csv", "id,text\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{i},row number{i}\n")));
        var model = new FakeModel();
        using var cancel = new CancellationTokenSource();
        model.Before = _ =>
        {
            if (model.Calls == 3) cancel.Cancel();
        };
        await using var store = await temp.OpenAsync(model);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AddAsync(temp.Documents(), cancellationToken: cancel.Token));
        Assert.Equal(1, store.ReadInfo().IncompleteSources);
        int stored = (int)store.ReadInfo().Documents, before = model.Texts;
        Assert.InRange(stored, 64, 399);
        model.Before = null;
        await store.IndexAsync(temp.Documents());
        Assert.Equal(400 - stored, model.Texts - before);
        Assert.Equal((400, 0), ((int)store.ReadInfo().Documents, (int)store.ReadInfo().IncompleteSources));
    }

    [Fact]
    public async Task Rows_of_a_table_that_did_not_change_are_not_embedded_again()
    {
        using var temp = new TempFolder();
        var rows = Enumerable.Range(0, 200).Select(i => $"{i},row number{i}").ToList();
        Write();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.IndexAsync(temp.Documents());
        var ids = (await store.FindAsync("row", 1000)).ToDictionary(h => h.Text, h => h.Id);

        rows[17] = "17,row changed";
        rows.RemoveAt(199);
        Write();
        int before = model.Texts;
        var report = await store.IndexAsync(temp.Documents());
        Assert.Equal((1, 1, 1), (model.Texts - before, report.Documents, report.Changed));
        var now = (await store.FindAsync("row", 1000)).ToDictionary(h => h.Text, h => h.Id);
        Assert.Equal(199, now.Count);
        Assert.False(now.ContainsKey("row number199"));
        Assert.Equal(ids["row number16"], now["row number16"]);   // the same chunk as before

        // a row at the top moves all others down, and costs one embedding
        rows.Insert(0, "900,row on top");
        Write();
        before = model.Texts;
        report = await store.IndexAsync(temp.Documents());
        Assert.Equal(1, model.Texts - before);
        Assert.Equal(report.Chunks - 1, report.ReusedVectors);
        var hits = await store.FindAsync("row", 1000);
        Assert.Equal(200, hits.Count);
        Assert.Equal(200, hits.Select(h => h.Line).Distinct().Count());
        Assert.Equal("row number5", hits.Single(h => h.Line == 8).Text);
        await store.AssertSoundAsync();

        void Write() => temp.File("docs/t.csv", "id,text\n" + string.Join('\n', rows) + "\n");
    }

    [Fact]
    public async Task Progress_and_notes_are_told()
    {
        using var temp = new TempFolder();
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(temp.Root, "docs")).FullName, "latin.txt"), [.. "caf\u00e9 au lait\n"u8.ToArray()[..3], 0xE9, .. " au lait"u8]);
        for (int i = 0; i < 100; i++) temp.File($"docs/f{i}.txt", $"file {i}");
        var seen = new List<AddProgress>();
        await using var store = await temp.OpenAsync(new FakeModel());
        var report = await store.AddAsync(temp.Documents(), progress: new Told(seen), cancellationToken: Cancel);
        Assert.Contains(report.Notes, n => n.StartsWith("latin.txt", StringComparison.Ordinal));
        Assert.Equal(101, seen[^1].Sources);
        Assert.Equal((report.Documents, report.Chunks), (seen[^1].Documents, seen[^1].Chunks));
        Assert.Null(seen[^1].Source);
        Assert.True(report.Seconds > 0);
    }

    [Fact]
    public async Task An_empty_folder_is_no_error()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(Path.Combine(temp.Root, "docs"));
        await using var store = await temp.OpenAsync(new FakeModel());
        Assert.Equal(0, (await store.IndexAsync(temp.Documents(), prune: true)).Documents);
    }

    private sealed class Told(List<AddProgress> seen) : IProgress<AddProgress>
    {
        public void Report(AddProgress value) => seen.Add(value);
    }
}
