using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>match as a user calls it.</summary>
public class MatchTests
{
    private const string Questions = "How do I reset my password?\nWhen does the shop open?\nWhere is my parcel?\n";

    private const string Answers = "key,text\na,Your parcel is on its way\nb,We open the shop at nine\nc,Resetting a forgotten password\nd,Bread is baked of flour\n";

    [Fact]
    public async Task Each_row_gets_its_best()
    {
        using var folder = new Folder();
        folder.Write("q.txt", Questions);
        folder.Write("a.csv", Answers);
        var run = (await KindredCommand.RunAsync("match", folder["q.txt"], folder["a.csv"], "--json")).Succeeded();
        Assert.Equal([(1, 3), (2, 2), (3, 1)], run.Json.Select(Pair));
        Assert.Equal("Resetting a forgotten password", run.Json[0].GetProperty("textB").GetString());
        Assert.Equal([(1, 3), (2, 2), (3, 1)], (await KindredCommand.RunAsync("match", folder["q.txt"], folder["a.csv"], "--one-to-one", "--margin", "--json")).Succeeded().Json.Select(Pair));
        Assert.Equal(9, (await KindredCommand.RunAsync("match", folder["q.txt"], folder["a.csv"], "-k", "3", "--json")).Succeeded().Json.Length);

        // lists of different lengths, either way round: each of the shorter has one
        run = (await KindredCommand.RunAsync("match", folder["a.csv"], folder["q.txt"], "--one-to-one", "--json")).Succeeded();
        Assert.Equal([(1, 3), (2, 2), (3, 1)], run.Json.Select(Pair));
        Assert.Contains(run.Errors, e => e.Contains("1 of 4 rows", StringComparison.Ordinal) && e.EndsWith("has no partner", StringComparison.Ordinal));

        run = (await KindredCommand.RunAsync("match", folder["a.csv"], folder["q.txt"], "--text", "key", "--text-b", "text", "--threshold", "0.99", "--json")).Succeeded();
        Assert.Empty(run.Json);
        Assert.Contains(run.Errors, e => e.Contains("4 of 4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_most_similar_pairs_of_one_list_come_first()
    {
        using var folder = new Folder();
        folder.Write("t.txt", "The dog sleeps.\nShares fell on Monday.\nThe hound is asleep.\n\nthe DOG sleeps.\nStocks dropped on Monday.\n");
        var run = (await KindredCommand.RunAsync("match", folder["t.txt"], "-k", "2", "--json")).Succeeded();
        Assert.Equal([(1, 3), (2, 6)], run.Json.Select(Pair).Order());
        Assert.True(run.Json[0].GetProperty("score").GetDouble() >= run.Json[1].GetProperty("score").GetDouble());
        Assert.Contains(run.Errors, e => e.Contains(", row 4: the text is blank", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("1 of 6 rows", StringComparison.Ordinal) && e.Contains("repeats another", StringComparison.Ordinal));
        folder.Write("one.txt", "one\n");
        run = (await KindredCommand.RunAsync("match", folder["one.txt"], "--json")).Succeeded();
        Assert.Empty(run.Json);
        Assert.EndsWith("one.txt has 1 row to compare: a pair takes two", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_match_and_wrong_input_is_named()
    {
        using var folder = new Folder();
        folder.Write("t.txt", Questions);
        folder.Write("blank.txt", "\n \n");
        folder.Write("empty.csv", "text\n");
        (await KindredCommand.RunAsync("embed", "--in", folder["t.txt"], "--out", folder["v.npy"])).Succeeded();
        (await KindredCommand.RunAsync("embed", "--in", folder["t.txt"], "--dims", "8", "--out", folder["w.npy"])).Succeeded();
        var run = (await KindredCommand.RunAsync("match", folder["v.npy"], folder["t.txt"], "--json")).Succeeded();
        Assert.Equal([(1, 1), (2, 2), (3, 3)], run.Json.Select(Pair));
        Assert.All(run.Json, l => Assert.Equal(1, l.GetProperty("score").GetDouble(), 1e-4));
        Assert.False(run.Json[0].TryGetProperty("textA", out _));
        Assert.Contains("384 components", (await KindredCommand.RunAsync("match", folder["v.npy"], folder["w.npy"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row", (await KindredCommand.RunAsync("match", folder["t.txt"], folder["empty.csv"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("all 2 rows are blank", (await KindredCommand.RunAsync("match", folder["t.txt"], folder["blank.txt"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("two lists", (await KindredCommand.RunAsync("match", folder["t.txt"], "--margin")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("either --one-to-one or -k", (await KindredCommand.RunAsync("match", folder["t.txt"], folder["t.txt"], "--one-to-one", "-k", "2")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("--threshold 0", (await KindredCommand.RunAsync("match", folder["t.txt"], "--threshold", "0")).Failure(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sentences_find_their_rewrites()
    {
        // pairs of wiki-split, a sentence and what it became when it was cut in two
        string[] lines = await SharedData.LinesAsync("wiki-split", "dev.tsv.gz");
        using var folder = new Folder();
        folder.Write("a.tsv", string.Join('\n', lines[..101]) + "\n");
        folder.Write("b.tsv", string.Join('\n', [lines[0], .. lines[1..101].Reverse()]) + "\n");
        var run = (await KindredCommand.RunAsync("match", folder["a.tsv"], folder["b.tsv"], "--one-to-one", "--text", "sentence1", "--text-b", "sentence2", "--json")).Succeeded();
        Assert.True(run.Json.Select(Pair).Count(p => p.Item1 + p.Item2 == 101) >= 98);
    }

    private static (int, int) Pair(JsonElement line) => (line.GetProperty("a").GetInt32(), line.GetProperty("b").GetInt32());
}
