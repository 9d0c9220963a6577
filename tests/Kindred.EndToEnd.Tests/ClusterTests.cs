using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>cluster and map as a user calls them.</summary>
public class ClusterTests
{
    private const string News = """
        text,kind,day
        The cat sleeps on the sofa,pets,2024-01-01
        A dog barks at the cat,pets,2024-01-02
        My kitten and my puppy play,pets,2024-01-03
        Shares fell on the stock market,money,2024-01-04
        The bank raised its interest rates,money,2024-01-05
        Investors sold bonds and shares,money,2024-01-06
        The cat sleeps on the sofa,pets,2024-01-07

        """;

    /// <summary>What web pages write for signs is read as they show it, and is no word of a topic.</summary>
    [Fact]
    public async Task Entities_of_web_pages_are_read_as_signs()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "text\nCats &amp; dogs cost &#36;5 &quot;only&quot;\nShares &amp; bonds &quot;fell&quot; by &#36;7\n");
        var run = (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "2", "--out", folder["r.html"], "--json")).Succeeded();
        string[] texts = [.. run.Json[^1].GetProperty("topics").EnumerateArray().SelectMany(t => t.GetProperty("texts").EnumerateArray()).Select(t => t.GetString()!).Order(StringComparer.Ordinal)];
        Assert.Equal(["Cats & dogs cost $5 \"only\"", "Shares & bonds \"fell\" by $7"], texts);
        Assert.All(run.Json[^1].GetProperty("topics").EnumerateArray().SelectMany(t => t.GetProperty("words").EnumerateArray()), w => Assert.DoesNotContain(w.GetString()!, new[] { "amp", "quot", "36" }));
        string page = await File.ReadAllTextAsync(folder["r.html"], TestContext.Current.CancellationToken);
        Assert.DoesNotContain("&amp;amp;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("#36;", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kmeans")]
    [InlineData("agglomerative")]
    public async Task Texts_fall_into_their_topics(string method)
    {
        using var folder = new Folder();
        folder.Write("t.csv", News);
        var run = await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "2", "--method", method, "--label", "kind", "--time", "day", "--out", folder["r.html"], "--json");
        run.Succeeded();
        int[] labels = [.. run.Json[..^1].Select(l => l.GetProperty("cluster").GetInt32())];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], run.Json[..^1].Select(l => l.GetProperty("row").GetInt32()));
        Assert.Equal([0, 0, 0, 1, 1, 1, 0], labels.Select(l => l == labels[0] ? 0 : 1));
        var last = run.Json[^1];
        Assert.Equal(2, last.GetProperty("clusters").GetInt32());
        Assert.Equal(1, last.GetProperty("vMeasure").GetDouble(), 1e-9);
        Assert.Equal(method == "kmeans" ? JsonValueKind.Number : JsonValueKind.Null, last.GetProperty("inertia").ValueKind);
        Assert.Equal(7, last.GetProperty("topics").EnumerateArray().Sum(t => t.GetProperty("size").GetInt32()));
        Assert.Contains("cat", await File.ReadAllTextAsync(folder["r.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auto_does_not_cut_183_questions_of_14_kinds_into_39()
    {
        string rows = SharedData.Path("nlu-small", "train.tsv");
        var run = (await KindredCommand.RunAsync("cluster", "--in", rows, "--label", "label", "--json")).Succeeded();
        Assert.InRange(run.Json[^1].GetProperty("clusters").GetInt32(), 7, 13);
        Assert.True(run.Json[^1].GetProperty("vMeasure").GetDouble() > 0.72, run.Lines[^1]);
        Assert.True(run.Json[^1].GetProperty("adjustedRand").GetDouble() > 0.4, run.Lines[^1]);
        Assert.Contains(run.Errors, e => e.Contains("the largest silhouette of 2 to 13", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Four_clusters_of_news_are_their_sections()
    {
        var run = (await KindredCommand.RunAsync("cluster", "--in", SharedData.Path("ag-news", "train.tsv.gz"), "--k", "4", "--label", "label", "--json")).Succeeded();
        Assert.True(run.Json[^1].GetProperty("vMeasure").GetDouble() > 0.65, run.Lines[^1]);
        Assert.True(run.Json[^1].GetProperty("adjustedRand").GetDouble() > 0.68, run.Lines[^1]);
    }

    [Fact]
    public async Task The_course_over_time_is_printed_too()
    {
        using var folder = new Folder();
        var run = (await KindredCommand.RunAsync("cluster", "--in", folder.Write("t.csv", News), "--k", "1", "--time", "kind")).Succeeded();
        Assert.Contains("     money       100 %", run.Output, StringComparison.Ordinal);

        folder.Write("h.csv", "text,time\n" + string.Concat(Enumerable.Range(0, 20).Select(h => $"a cat sat there,2021-04-19 {h:00}:00\n")));
        Assert.Contains("     2021-04-19 00:00 100 %", (await KindredCommand.RunAsync("cluster", "--in", folder["h.csv"], "--k", "1", "--time", "time")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slip_among_dates_is_told_and_the_others_stay_dates()
    {
        using var folder = new Folder();
        string[] days = ["2026-01-01", "2026-02-01", "soon", "2026-03-01", "2026-04-01"];
        var run = (await KindredCommand.RunAsync("cluster", "--in", folder.Write("t.csv", "text,day\n" + string.Concat(days.Select(d => $"a cat sat there,{d}\n"))), "--k", "1", "--time", "day", "--json")).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("1 of 5 rows holds no date or number in day", StringComparison.Ordinal) && e.Contains("row 3: \"soon\"", StringComparison.Ordinal));
        string?[] times = [.. run.Json[^1].GetProperty("topics")[0].GetProperty("times").EnumerateArray().Select(t => t.GetProperty("time").GetString())];
        Assert.Equal("2026-01-01", times[0]);
        Assert.DoesNotContain("soon", times);
    }

    [Fact]
    public async Task Few_and_equal_rows_are_all_noise_said_and_no_error()
    {
        using var folder = new Folder();
        folder.Write("t.txt", "one\none\none\ntwo\ntwo\n");
        var run = (await KindredCommand.RunAsync("cluster", "--in", folder["t.txt"], "--method", "hdbscan", "--json")).Succeeded();
        Assert.All(run.Json[..^1], l => Assert.Equal(-1, l.GetProperty("cluster").GetInt32()));
        Assert.Equal(0, run.Json[^1].GetProperty("clusters").GetInt32());
        Assert.Contains("--min-size", Assert.Single(run.Errors), StringComparison.Ordinal);

        run = (await KindredCommand.RunAsync("cluster", "--in", folder["t.txt"], "--k", "4", "--json")).Succeeded();
        int[] labels = [.. run.Json[..^1].Select(l => l.GetProperty("cluster").GetInt32())];
        Assert.Equal([0, 0, 0, 1, 1], labels);
        Assert.Contains("only 2 rows differ", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_are_scaled_and_rows_without_one_are_listed()
    {
        using var folder = new Folder();
        folder.Write("n.csv", "name,height,income\na,1,1000000\nb,2,2\nc,1.1,1000000\nd,,3\ne,1.9,3\n");
        var run = (await KindredCommand.RunAsync("cluster", "--in", folder["n.csv"], "--k", "2", "--json")).Succeeded();
        Assert.Equal([0, 1, 0, -1, 1], run.Json[..^1].Select(l => l.GetProperty("cluster").GetInt32()));
        Assert.Contains(run.Errors, e => e.Contains("name", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains(", row 4: column", StringComparison.Ordinal));

        // what is missing or not finite leaves its row out, not its column
        folder.Write("m.csv", "height,income\n1,10\n2,2\nNaN,10\n2,Infinity\nNA,2\n1,10\n");
        run = (await KindredCommand.RunAsync("cluster", "--in", folder["m.csv"], "--k", "2", "--json")).Succeeded();
        Assert.Equal([0, 1, -1, -1, -1, 0], run.Json[..^1].Select(l => l.GetProperty("cluster").GetInt32()));
        folder.Write("large.csv", "height\n1e300\n2e307\n3e300\n");
        Assert.Contains("height holds numbers too large", (await KindredCommand.RunAsync("cluster", "--in", folder["large.csv"], "--k", "2")).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_input_is_named()
    {
        using var folder = new Folder();
        folder.Write("t.csv", News);
        folder.Write("words.csv", "a,b\nx,y\n");
        folder.Write("empty.csv", "text\n");
        Assert.Contains("kind, day", (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "2", "--label", "sort")).Failure(), StringComparison.Ordinal);
        Assert.Contains("--text", (await KindredCommand.RunAsync("cluster", "--in", folder["words.csv"], "--k", "2")).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row", (await KindredCommand.RunAsync("cluster", "--in", folder["empty.csv"], "--k", "2")).Failure(), StringComparison.Ordinal);
        Assert.Contains("--k 0", (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "0")).Failure(2), StringComparison.Ordinal);
        Assert.Contains(".png or .html", (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--out", "x.jpg")).Failure(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_map_of_many_equal_texts_is_the_same_twice()
    {
        using var folder = new Folder();
        folder.Write("t.txt", string.Concat(Enumerable.Range(0, 50).Select(i => i < 30 ? "the same text\n" : $"text {i}\n")));
        foreach (string name in new[] { "a.html", "b.html" })
            (await KindredCommand.RunAsync("map", "--in", folder["t.txt"], "--out", folder[name])).Succeeded();
        Assert.Equal(await File.ReadAllTextAsync(folder["a.html"], TestContext.Current.CancellationToken), await File.ReadAllTextAsync(folder["b.html"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_commonest_words_are_drawn()
    {
        using var folder = new Folder();
        var run = (await KindredCommand.RunAsync("map", "--words", "40", "--method", "tsne", "--out", folder["w.html"], "--json")).Succeeded();
        Assert.Equal(40, run.Json[0].GetProperty("points").GetInt32());
        Assert.Contains("rank 40", await File.ReadAllTextAsync(folder["w.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("one of", (await KindredCommand.RunAsync("map", "--words", "4", "--in", "x.txt", "--out", folder["w.html"])).Failure(2), StringComparison.Ordinal);
    }
}
