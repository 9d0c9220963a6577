using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests;

/// <summary>recommend, on the lending library of samples/.</summary>
public sealed class RecommendTests : IDisposable
{
    private static readonly string Loans = Path.Combine(SourceTree.Root, "samples", "reading", "loans.csv");
    private static readonly string Books = Path.Combine(SourceTree.Root, "samples", "reading", "books.tsv");

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task From_a_table_to_lists()
    {
        string model = _folder["loans.recommender"];
        var fit = Assert.Single((await KindredCommand.RunAsync("recommend", "fit", "--in", Loans, "--items", Books, "--out", model, "--json")).Succeeded().Json);
        Assert.Equal((820, 56, 100), (fit.GetProperty("events").GetInt32(), fit.GetProperty("users").GetInt32(), fit.GetProperty("items").GetInt32()));

        string[] seen = [.. File.ReadLines(Loans).Where(l => l.StartsWith("Ada,", StringComparison.Ordinal))];
        var list = (await KindredCommand.RunAsync("recommend", "for-user", "Ada", "--with", model, "-k", "500", "--json")).Succeeded();
        Assert.Equal(100 - seen.Length, list.Json.Length);   // no padding, nothing seen
        Assert.Equal(Enumerable.Range(1, list.Json.Length), list.Json.Select(l => l.GetProperty("rank").GetInt32()));
        Assert.All(Items(list), item => Assert.DoesNotContain(seen, l => l.Contains(item, StringComparison.Ordinal)));
        Assert.Contains(list.Errors, e => e.Contains($"{100 - seen.Length} of the 500", StringComparison.Ordinal));
        Assert.StartsWith("because you liked ", list.Json[0].GetProperty("why").GetString(), StringComparison.Ordinal);

        var stranger = (await KindredCommand.RunAsync("recommend", "for-user", "nobody, yet", "--with", model, "-k", "3", "--json")).Succeeded();
        Assert.All(stranger.Json, l => Assert.Contains("new user", l.GetProperty("why").GetString(), StringComparison.Ordinal));
        var liking = (await KindredCommand.RunAsync("recommend", "for-user", "nobody", "--likes", "Kelp,\"One Pot, Four Seasons\"", "--with", model, "-k", "5", "--json")).Succeeded();
        Assert.Empty(Items(liking).Intersect(["Kelp", "One Pot, Four Seasons"]));

        string error = (await KindredCommand.RunAsync("recommend", "similar", "Kelpp", "--with", model, "--json")).Failure();
        Assert.Contains("Kelpp", error, StringComparison.Ordinal);
        Assert.Contains("spelt most alike: Kelp,", error, StringComparison.Ordinal);
        var similar = (await KindredCommand.RunAsync("recommend", "similar", "Kelp", "--with", model, "-k", "200", "--json")).Succeeded();
        Assert.InRange(similar.Json.Length, 20, 95);
        Assert.DoesNotContain("Kelp", Items(similar));

        // nobody borrowed it yet
        var cold = (await KindredCommand.RunAsync("recommend", "similar", "The Harbour Master’s Cat", "--with", model, "-k", "5", "--json")).Succeeded();
        string[] sea = [.. File.ReadLines(Books).Where(l => l.Contains("\tsea stories\t", StringComparison.Ordinal)).Select(l => l.Split('\t')[0])];
        Assert.All(Items(cold), item => Assert.Contains(item, sea));

        var space = (await KindredCommand.RunAsync("recommend", "for-user", "Ada", "--with", model, "--only", Books, "--where", "shelf=sea stories", "--exclude", _folder.Write("gone.txt", "Kelp\nLow Water\n"), "--json")).Succeeded();
        Assert.All(Items(space), item => Assert.Contains(item, sea.Except(["Kelp", "Low Water"])));

        var rows = (await KindredCommand.RunAsync("recommend", "vectors", "--with", model, "--out", _folder["u.npy"], "--json")).Succeeded().Json;
        Assert.Equal(56, rows.Length);
        Assert.Equal("Vera", rows[0].GetProperty("name").GetString());

        // the readers were made with shelves they like: a segment's books stand on few of them
        var segments = (await KindredCommand.RunAsync("recommend", "segments", "--with", model, "--k", "6", "--items", "4", "--seed", "2", "--json")).Succeeded().Json;
        Assert.Equal(56, segments[..^1].Select(l => l.GetProperty("user").GetString()).Distinct().Count());
        var profiles = segments[^1].GetProperty("profiles").EnumerateArray().ToArray();
        Assert.Equal((6, 6), (segments[^1].GetProperty("segments").GetInt32(), profiles.Length));
        var shelves = File.ReadLines(Books).Skip(1).Select(l => l.Split('\t')).ToDictionary(l => l[0], l => l[1]);
        foreach (var profile in profiles)
        {
            Assert.Equal(profile.GetProperty("size").GetInt32(), segments[..^1].Count(l => l.GetProperty("segment").GetInt32() == profile.GetProperty("segment").GetInt32()));
            var items = profile.GetProperty("items").EnumerateArray().ToArray();
            Assert.InRange(items.Select(i => shelves[i.GetProperty("item").GetString()!]).Distinct().Count(), 1, 2);
            Assert.All(items, i => Assert.True(i.GetProperty("lift").GetDouble() > 1 && i.GetProperty("share").GetDouble() is > 0 and <= 1));
        }

        var many = (await KindredCommand.RunAsync("recommend", "segments", "--with", model, "--k", "600", "--json")).Succeeded();
        Assert.Contains("600 segments were asked for, but there are only 56 users", many.ErrorOutput, StringComparison.Ordinal);

        // left to itself it makes groups, not one for every second reader
        var free = (await KindredCommand.RunAsync("recommend", "segments", "--with", model, "--json")).Succeeded().Json[^1].GetProperty("profiles").EnumerateArray().Select(p => p.GetProperty("size").GetInt32()).ToArray();
        Assert.InRange(free.Length, 3, 7);
        Assert.All(free, size => Assert.True(size >= 3));
    }

    [Fact]
    public async Task A_file_that_is_no_recommender_is_named()
    {
        Assert.Contains("not a recommender that `kindred recommend fit` wrote", (await KindredCommand.RunAsync("recommend", "for-user", "Ada", "--with", Loans)).Failure(), StringComparison.Ordinal);
        (await KindredCommand.RunAsync("recommend", "fit", "--in", Loans, "--method", "popularity", "--out", _folder["r"])).Succeeded();
        string other = (await KindredCommand.RunAsync("detect", "score", "--with", _folder["r"], "--in", Loans)).Failure();
        Assert.Contains("this is a recommender, not a detector that `kindred detect fit` wrote", other, StringComparison.Ordinal);
        other = (await KindredCommand.RunAsync("classify", "predict", "--with", _folder["r"], "--in", Loans)).Failure();
        Assert.Contains("this is a recommender, not a classifier that `kindred classify fit` wrote", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_that_are_numbers_are_shown_and_asked_for_by_title()
    {
        var numbers = File.ReadLines(Books).Skip(1).Select((l, i) => (Title: l.Split('\t')[0], Number: $"{i + 100}")).ToDictionary(b => b.Title, b => b.Number, StringComparer.Ordinal);
        string loans = _folder.Write("loans.tsv", "userId\tmovieId\n" + string.Concat(File.ReadLines(Loans).Skip(1).Select(l => l.Split(',')).Where(c => numbers.ContainsKey(c[1])).Select(c => $"{c[0]}\t{numbers[c[1]]}\n")));
        string books = _folder.Write("books.tsv", "movieId\ttitle\tgenres\n" + string.Concat(numbers.Select(b => $"{b.Value}\t{b.Key}\tbook\n")) + "900\tTwice\tbook\n901\tTwice\tbook\n");
        var fit = (await KindredCommand.RunAsync("recommend", "fit", "--in", loans, "--items", books, "--method", "knn", "--out", _folder["r"])).Succeeded();
        Assert.Contains(fit.Errors, e => e.EndsWith("has no column text: what the items are is read from title, genres", StringComparison.Ordinal));
        var list = (await KindredCommand.RunAsync("recommend", "for-user", "Vera", "--with", _folder["r"], "-k", "3", "--json")).Succeeded().Json;
        Assert.All(list, l => Assert.Equal(l.GetProperty("item").GetString(), numbers[l.GetProperty("title").GetString()!]));
        Assert.All(list, l => Assert.Contains(numbers.Keys, title => l.GetProperty("why").GetString()!.StartsWith($"because you liked {title}", StringComparison.Ordinal)));
        var text = (await KindredCommand.RunAsync("recommend", "for-user", "Vera", "--with", _folder["r"], "-k", "1")).Succeeded().Output;
        Assert.Contains($"{list[0].GetProperty("item").GetString()}  {list[0].GetProperty("title").GetString()}  (because", text, StringComparison.Ordinal);

        string[] byNumber = (await KindredCommand.RunAsync("recommend", "similar", numbers["Kelp"], "--with", _folder["r"])).Succeeded().Lines;
        Assert.Equal(byNumber, (await KindredCommand.RunAsync("recommend", "similar", "kelp", "--with", _folder["r"])).Succeeded().Lines);
        Assert.Contains("who liked Kelp)", byNumber[0], StringComparison.Ordinal);
        Assert.Contains("spelt most alike: Kelp", (await KindredCommand.RunAsync("recommend", "similar", "Kelpp", "--with", _folder["r"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("2 items have the title \"Twice\": 900, 901", (await KindredCommand.RunAsync("recommend", "similar", "Twice", "--with", _folder["r"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weeks_bring_something_else_and_the_same_week_the_same()
    {
        string model = _folder["r"], history = _folder["history.tsv"];
        (await KindredCommand.RunAsync("recommend", "fit", "--in", Loans, "--method", "sequence", "--out", model)).Succeeded();
        string[] first = await WeekAsync("2026-11-30"), second = await WeekAsync("2026-12-08"), fifth = await WeekAsync("2026-12-28");
        Assert.Equal(first, await WeekAsync("2026-12-06"));   // the Sunday of the first week
        Assert.Empty(first.Intersect(second));
        Assert.Empty(first.Concat(second).Intersect(fifth));
        Assert.Equal(1 + (3 * 6), File.ReadAllLines(history).Length);
        Assert.Contains("--week soon", (await KindredCommand.RunAsync("recommend", "weekly", "Ada", "--with", model, "--week", "soon")).Failure(), StringComparison.Ordinal);

        async Task<string[]> WeekAsync(string day) => Items((await KindredCommand.RunAsync("recommend", "weekly", "Ada", "--with", model, "-k", "6", "--week", day, "--history", history, "--json")).Succeeded());
    }

    [Fact]
    public async Task A_week_calls_what_nobody_took_yet_new_once()
    {
        (await KindredCommand.RunAsync("recommend", "fit", "--in", Loans, "--items", Books, "--out", _folder["r"])).Succeeded();
        string[] why = [.. (await KindredCommand.RunAsync("recommend", "weekly", "Ada", "--with", _folder["r"], "-k", "9", "--week", "2026-11-30", "--json")).Succeeded().Json.Select(l => l.GetProperty("why").GetString()!)];
        Assert.Contains(why, w => w.StartsWith("something new; its content is like ", StringComparison.Ordinal));
        Assert.DoesNotContain(why, w => w.Contains("new; new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Eval_measures_each_method()
    {
        var lines = (await KindredCommand.RunAsync("recommend", "eval", "--in", Loans, "--json")).Succeeded().Json;
        var values = lines.ToDictionary(l => l.GetProperty("metric").GetString()!, l => l.GetProperty("value").GetDouble());
        Assert.Equal(5 * 8, values.Count);
        Assert.All(values.Keys, m => Assert.Matches("^(ndcg@10|recall@20|coverage|novelty|diversity)(:(ease|als|knn|sequence|bpr|item2vec|popularity))?$", m));
        Assert.All(lines, l => Assert.Equal(56, l.GetProperty("n").GetInt32()));

        // the books were borrowed along shelves: popularity knows nothing of that
        Assert.True(values["ndcg@10"] > 2 * values["ndcg@10:popularity"], $"{values["ndcg@10"]} and {values["ndcg@10:popularity"]}");
    }

    [Fact]
    public async Task Rows_that_cannot_be_used_are_named_and_counted()
    {
        string table = _folder.Write("t.csv", "userId,movieId,rating,timestamp\na,x,3,5\na,y,NaN,5\n,x,3,5\nb,,3,5\nb,x,99,6\nb,y,4,soon\n\"b, c\",\"ü, 9\",4,2026-11-30\na,x,5,9\nb,x,2,2026-11-28T10:00:00Z\n");
        var run = (await KindredCommand.RunAsync("recommend", "fit", "--in", table, "--scale", "0.5,5", "--out", _folder["r"], "--json")).Succeeded();
        Assert.Equal(3, Assert.Single(run.Json).GetProperty("events").GetInt32());
        string errors = run.ErrorOutput;
        foreach (string part in new[] { "row 2: rating \"NaN\"", "row 3: no user", "row 4: no item", "row 5: rating 99", "row 6: timestamp \"soon\"", "5 rows of", "1 row of" })
            Assert.Contains(part, errors, StringComparison.Ordinal);
        Assert.Equal(["ü, 9"], Items((await KindredCommand.RunAsync("recommend", "for-user", "a", "--with", _folder["r"], "--json")).Succeeded()));
    }

    [Fact]
    public async Task An_unknown_user_is_told_with_the_names_that_are_alike()
    {
        (await KindredCommand.RunAsync("recommend", "fit", "--in", Loans, "--method", "knn", "--out", _folder["r"])).Succeeded();
        foreach (string verb in (string[])["for-user", "weekly"])
        {
            var run = (await KindredCommand.RunAsync("recommend", verb, "Veraa", "--with", _folder["r"], "-k", "2", "--json")).Succeeded();
            Assert.Contains(run.Errors, e => e.StartsWith("kindred: there is no user \"Veraa\": what is popular with all is listed; spelt most alike: Vera, ", StringComparison.Ordinal));
            Assert.All(run.Json, l => Assert.StartsWith("new user", l.GetProperty("why").GetString(), StringComparison.Ordinal));
            Assert.DoesNotContain("no user", (await KindredCommand.RunAsync("recommend", verb, "Vera", "--with", _folder["r"])).Succeeded().ErrorOutput, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("no user", (await KindredCommand.RunAsync("recommend", "for-user", "anybody", "--likes", "Kelp", "--with", _folder["r"])).Succeeded().ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\nu,i\n", "there is no column 'user'")]
    [InlineData("user,thing\nu,i\n", "there is no column 'item'")]
    [InlineData("", "the table is empty")]
    [InlineData("user,item\n", "no row with a user and an item")]
    public async Task What_is_no_table_of_events_is_said(string content, string problem) =>
        Assert.Contains(problem, (await KindredCommand.RunAsync("recommend", "fit", "--in", _folder.Write("t.csv", content), "--out", _folder["r"])).Failure(), StringComparison.Ordinal);

    [Fact]
    public async Task What_cannot_be_done_is_said_in_one_line()
    {
        string table = _folder.Write("t.csv", "user,item\na,x\na,y\nb,x\n");
        Assert.Contains("needs events with times", (await KindredCommand.RunAsync("recommend", "fit", "--in", table, "--method", "sequence", "--out", _folder["r"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("nothing to measure on", (await KindredCommand.RunAsync("recommend", "eval", "--in", table)).Failure(), StringComparison.Ordinal);
        Assert.Contains("--scale 5", (await KindredCommand.RunAsync("recommend", "fit", "--in", table, "--scale", "5", "--out", _folder["r"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("--where needs --only", (await KindredCommand.RunAsync("recommend", "for-user", "a", "--with", table, "--where", "a=b")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("t.csv", (await KindredCommand.RunAsync("recommend", "for-user", "a", "--with", table)).Failure(), StringComparison.Ordinal);
    }

    private static string[] Items(KindredCommand.Result run) => [.. run.Json.Select(l => l.GetProperty("item").GetString()!)];
}
