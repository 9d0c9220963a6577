using System.Diagnostics;

namespace Kindred.EndToEnd.Tests;

/// <summary>index and search on the help desk's tips.</summary>
public class SearchTests
{
    /// <summary>Files enough that a run can be stopped in the middle.</summary>
    private const int Many = 1500;

    private static readonly string Samples = Path.Combine(AppContext.BaseDirectory, "samples", "helpdesk");

    [Fact]
    public async Task A_folder_is_indexed_searched_filtered_changed_and_pruned()
    {
        using var folder = new Folder();
        Copy(Samples, folder["tips"]);
        string store = folder["tips.kindred"];
        var first = Assert.Single((await KindredCommand.RunAsync("index", folder["tips"], "--store", store, "--json")).Succeeded().Json);
        Assert.Equal(168, first.GetProperty("documents").GetInt32());
        Assert.True(first.GetProperty("chunks").GetInt32() >= 168);
        Assert.True(first.GetProperty("seconds").GetDouble() > 0);

        var hits = (await KindredCommand.RunAsync("search", "How do I stop my laptop from overheating?", "--store", store, "-k", "3", "--json")).Succeeded().Json;
        Assert.Equal([1, 2, 3], hits.Select(h => h.GetProperty("rank").GetInt32()));
        Assert.Equal("laptops/thermal-management.md", hits[0].GetProperty("source").GetString());
        Assert.Equal("Thermal management tips for portable computers", hits[0].GetProperty("title").GetString());
        Assert.True(hits[0].GetProperty("score").GetDouble() > hits[1].GetProperty("score").GetDouble());
        Assert.NotEmpty(hits[0].GetProperty("id").GetString()!);
        string text = await File.ReadAllTextAsync(System.IO.Path.Combine(Samples, "laptops", "thermal-management.md"), TestContext.Current.CancellationToken);
        Assert.Contains(hits[0].GetProperty("text").GetString()!, text, StringComparison.Ordinal);

        // "stop" and "laptop" stand in a tip on loose hinges too, and "overheating" in none
        var fused = (await KindredCommand.RunAsync("search", "How do I stop my laptop from overheating?", "--store", store, "--hybrid", "--json")).Succeeded().Json;
        Assert.EndsWith("thermal-management.md", fused[0].GetProperty("source").GetString(), StringComparison.Ordinal);
        var answer = Assert.Single((await KindredCommand.RunAsync("ask", "How do I stop my laptop from overheating?", "--store", store, "--json")).Succeeded().Json);
        Assert.StartsWith("When a portable computer gets too hot, give it better cooling", answer.GetProperty("answer").GetString(), StringComparison.Ordinal);

        var filtered = (await KindredCommand.RunAsync("search", "pages look bad", "--store", store, "--filter", "topic = 'printers' and minutes <= 10", "-k", "500", "--json")).Succeeded().Json;
        Assert.Equal(10, filtered.Length);
        Assert.All(filtered, h => Assert.Equal("printers", h.GetProperty("payload").GetProperty("topic").GetString()));
        Assert.All(filtered, h => Assert.True(h.GetProperty("payload").GetProperty("minutes").GetInt32() <= 10));

        // a field that no tip has is told where nothing is found by it
        foreach (string[] verb in (string[][])[["search", "pages look bad"], ["ask", "Why do my pages look bad?"], ["map", "--out", folder["m.png"]]])
        {
            var none = await KindredCommand.RunAsync([.. verb, "--store", store, "--filter", "minuts <= 10"], []);
            Assert.Contains(none.Errors, e => e.Contains("no passage has the field minuts; the fields are minutes, ", StringComparison.Ordinal));
        }

        // where another part of an "or" finds something, too; a field that only some documents have is not named
        foreach (string[] verb in (string[][])[["search", "pages look bad"], ["ask", "Why do pages look bad?"], ["map", "--out", folder["m.html"]]])
        {
            var some = (await KindredCommand.RunAsync([.. verb, "--store", store, "--filter", "minuts <= 10 or topic = 'printers'"], [])).Succeeded();
            Assert.Contains(some.Errors, e => e.StartsWith("kindred: no passage has the field minuts; the fields are minutes, ", StringComparison.Ordinal));
        }

        Assert.Empty((await KindredCommand.RunAsync("search", "pages look bad", "--store", store, "--filter", "minutes <= 10 or topic = 'printers'")).Succeeded().Errors);
        Assert.Equal("kindred: no passage matches", Assert.Single((await KindredCommand.RunAsync("search", "pages look bad", "--store", store, "--filter", "minutes > 1000")).Succeeded().Errors));

        var everything = (await KindredCommand.RunAsync("search", "x", "--store", store, "-k", "100000", "--json")).Succeeded().Json;
        Assert.Equal(first.GetProperty("chunks").GetInt32(), everything.Select(h => h.GetProperty("id").GetString()).Distinct().Count());

        // changed, gone, new
        folder.Write("tips/laptops/thermal-management.md", "# Feeding a parrot\n\nA parrot eats seeds, nuts and fruit.\n");
        Directory.Delete(folder["tips/printers"], recursive: true);
        folder.Write("tips/new.txt", "The quarterly report is due on the last Friday of the month.");
        var second = Assert.Single((await KindredCommand.RunAsync("index", folder["tips"], "--store", store, "--prune", "--json")).Succeeded().Json);
        Assert.Equal((155, 1, 1, 14), (second.GetProperty("documents").GetInt32(), second.GetProperty("added").GetInt32(), second.GetProperty("changed").GetInt32(), second.GetProperty("removed").GetInt32()));
        Assert.Empty((await KindredCommand.RunAsync("search", "toner", "--store", store, "--filter", "topic = 'printers'", "--json")).Succeeded().Lines);
        Assert.Equal("laptops/thermal-management.md", (await KindredCommand.RunAsync("search", "what does a parrot eat", "--store", store, "--json")).Succeeded().Json[0].GetProperty("source").GetString());
    }

    [Fact]
    public async Task The_stores_own_model_is_taken_and_another_is_refused()
    {
        using var folder = new Folder();
        folder.Write("a/one.txt", "The harbour is frozen in winter.");
        (await KindredCommand.RunAsync("index", folder["a"], "--store", folder["s"], "--model", "arctic-xs")).Succeeded();
        var hit = Assert.Single((await KindredCommand.RunAsync("search", "ice in the port", "--store", folder["s"], "--json")).Succeeded().Json);
        Assert.Equal("one.txt", hit.GetProperty("source").GetString());
        string error = (await KindredCommand.RunAsync("search", "ice", "--store", folder["s"], "--model", "minilm")).Failure();
        Assert.Contains("snowflake-arctic-embed-xs", error, StringComparison.Ordinal);
        (await KindredCommand.RunAsync("index", folder["a"], "--store", folder["s"], "--model", "minilm")).Failure();
    }

    [Theory]
    [InlineData("topic = ")]
    [InlineData("((((")]
    [InlineData("topic ='printers' and")]
    public async Task A_filter_that_cannot_be_read_names_the_place(string filter)
    {
        using var folder = new Folder();
        folder.Write("a/one.txt", "The harbour is frozen in winter.");
        (await KindredCommand.RunAsync("index", folder["a"], "--store", folder["s"])).Succeeded();
        Assert.Contains("character ", (await KindredCommand.RunAsync("search", "ice", "--store", folder["s"], "--filter", filter)).Failure(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_stops_cleanly_and_the_next_run_goes_on()
    {
        using var folder = new Folder();
        Lots(folder, Many);
        using (var process = KindredCommand.Start(["index", folder["lots"], "--store", folder["s"]]))
        {
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await UntilSomethingIsStored(folder["s"], process);
            Signals.Send(process.Id, "-INT");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((1, "kindred: stopped"), (process.ExitCode, (await errors).Trim()));
        }

        await GoesOn(folder);
    }

    [Fact]
    public async Task Kill_9_loses_nothing_that_was_stored_and_the_next_run_goes_on()
    {
        using var folder = new Folder();
        Lots(folder, Many);
        using (var process = KindredCommand.Start(["index", folder["lots"], "--store", folder["s"]]))
        {
            await UntilSomethingIsStored(folder["s"], process);
            Signals.Send(process.Id, "-KILL");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await GoesOn(folder);
    }

    [Fact]
    public async Task Two_writers_and_a_reader_share_a_store()
    {
        using var folder = new Folder();
        Lots(folder, files: 100);
        folder.Write("few/parrot.txt", "A parrot eats seeds, nuts and fruit.");
        (await KindredCommand.RunAsync("index", folder["few"], "--store", folder["s"])).Succeeded();
        var one = KindredCommand.RunAsync("index", folder["lots"], "--store", folder["s"], "--json");
        var two = KindredCommand.RunAsync("index", Samples, "--store", folder["s"], "--json");
        while (!one.IsCompleted)
        {
            var hits = (await KindredCommand.RunAsync("search", "food for a bird", "--store", folder["s"], "-k", "1", "--json")).Succeeded().Json;
            Assert.Single(hits);
        }

        var results = new[] { await one, await two };
        Assert.Contains(results, r => r.Code == 0);
        foreach (var r in results.Where(r => r.Code != 0)) r.Failure();
        if (results.All(r => r.Code == 0))
        {
            var last = Assert.Single((await KindredCommand.RunAsync("index", folder["few"], "--store", folder["s"], "--json")).Succeeded().Json);
            Assert.Equal(1 + 100 + 168, last.GetProperty("documents").GetInt32());
        }
    }

    private static async Task GoesOn(Folder folder)
    {
        var after = Assert.Single((await KindredCommand.RunAsync("index", folder["lots"], "--store", folder["s"], "--json")).Succeeded().Json);
        Assert.Equal(Many, after.GetProperty("documents").GetInt32());
        Assert.True(Assert.Single((await KindredCommand.RunAsync("check", folder["s"], "--json")).Succeeded().Json).GetProperty("ok").GetBoolean());
        Assert.True(after.GetProperty("unchanged").GetInt32() > 0, "what was stored before is not done again");
        var hits = (await KindredCommand.RunAsync("search", "lantern 59", "--store", folder["s"], "-k", "100000", "--json")).Succeeded().Json;
        Assert.Equal(after.GetProperty("chunks").GetInt32(), hits.Length);
        Assert.Equal(hits.Length, hits.Select(h => (h.GetProperty("source").GetString(), h.GetProperty("start").GetInt32())).Distinct().Count());
        Assert.Equal(Many, hits.Select(h => h.GetProperty("source").GetString()).Distinct().Count());
    }

    private static void Lots(Folder folder, int files)
    {
        for (int i = 0; i < files; i++)
            folder.Write($"lots/{i:d3}.txt", $"Lantern {i} hangs in room {i * 7 % 100}. The keeper trims the wick, fills the oil and writes the hour in the book of lantern {i}.");
    }

    private static async Task UntilSomethingIsStored(string store, Process process)
    {
        for (int wait = 0; wait < 600; wait++)
        {
            Assert.False(process.HasExited, "it ended before it could be stopped");
            await Task.Delay(50, TestContext.Current.CancellationToken);
            if (!File.Exists(store)) continue;
            var info = await TryReadInfo(store);
            if (info is { Sources: > 3 }) return;
        }

        Assert.Fail("nothing was stored within 30 s");
    }

    private static async Task<Kindred.Store.StoreInfo?> TryReadInfo(string store)
    {
        await Task.Yield();
        try
        {
            return Kindred.Store.KindredStore.ReadInfo(store);
        }
        catch (Kindred.Store.StoreException)
        {
            return null;   // not yet created in full
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
