namespace Kindred.EndToEnd.Tests;

/// <summary>search and ask over several stores.</summary>
public sealed class SeveralStoresTests
{
    [Fact]
    public async Task A_store_counts_once_however_it_is_spelled_and_what_is_found_names_its_store()
    {
        using var folder = new Folder();
        folder.Write("port/ferry.txt", "The ferry leaves at seven each morning.");
        folder.Write("town/bakery.txt", "The bakery sells rye bread on Fridays.");
        (await KindredCommand.RunAsync("index", folder["port"], "--store", folder["port.kindred"])).Succeeded();
        (await KindredCommand.RunAsync("index", folder["town"], "--store", folder["town.kindred"])).Succeeded();
        File.CreateSymbolicLink(folder["linked.kindred"], "port.kindred");
        Directory.CreateSymbolicLink(folder["there"], folder.Path);
        File.CreateSymbolicLink(folder["ring"], "ring");

        string port = folder["port.kindred"];
        string[] spelled = ["--store", port, "--store", folder["./port.kindred"], "--store", folder["port/../port.kindred"], "--store", folder["linked.kindred"], "--store", folder["there/linked.kindred"]];
        var hit = Assert.Single((await KindredCommand.RunAsync(["search", "ferry", .. spelled, "--json"])).Succeeded().Json);
        Assert.False(hit.TryGetProperty("store", out _));   // it is one store
        var alone = (await KindredCommand.RunAsync(["ask", "When does the ferry leave?", .. spelled])).Succeeded();
        Assert.DoesNotContain("port.kindred", alone.Output, StringComparison.Ordinal);
        (await KindredCommand.RunAsync("search", "ferry", "--store", port, "--store", folder["ring"])).Failure();

        string[] both = ["--store", port, "--store", folder["town.kindred"]];
        Assert.Equal([port, folder["town.kindred"]], (await KindredCommand.RunAsync(["search", "ferry", .. both, "--json"])).Succeeded().Json.Select(h => h.GetProperty("store").GetString()));
        var hits = (await KindredCommand.RunAsync(["search", "ferry", .. both])).Succeeded();
        Assert.Contains(hits.Lines, l => l.Contains("ferry.txt:1", StringComparison.Ordinal) && l.Contains("port.kindred", StringComparison.Ordinal));
        Assert.Contains(hits.Lines, l => l.Contains("bakery.txt:1", StringComparison.Ordinal) && l.Contains("town.kindred", StringComparison.Ordinal));
        var answer = (await KindredCommand.RunAsync(["ask", "What does the bakery sell on Fridays?", .. both])).Succeeded();
        Assert.Contains(answer.Lines, l => l.Contains("[1] bakery.txt:1", StringComparison.Ordinal) && l.Contains("town.kindred", StringComparison.Ordinal));
    }
}
