using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>dedupe as a user calls it.</summary>
public class DuplicateTests
{
    private const string News = """
        id,text,price
        1,"The cat sleeps on the sofa, all day long",1.50
        2,Shares fell sharply on the stock market,2
        3,"the CAT sleeps on the sofa,  all day long",3
        4,Shares fell sharply on the stock markets,4
        5,,5
        6,"Share prices dropped steeply on the stock market",6

        """;

    [Fact]
    public async Task Duplicates_are_listed_and_the_table_written_without_them()
    {
        using var folder = new Folder();
        string file = folder.Write("t.csv", News);
        var run = (await KindredCommand.RunAsync("dedupe", "--in", file, "--out", folder["once.csv"], "--json")).Succeeded();
        Assert.Equal([(3, 1, "exact"), (4, 2, "near")], run.Json[..2].Select(Duplicate));
        var last = run.Json[^1];
        Assert.Equal(6, last.GetProperty("rows").GetInt32());
        Assert.Equal(run.Json.Length - 1, 6 - last.GetProperty("kept").GetInt32());
        Assert.Equal(1, last.GetProperty("unusable").GetInt32());
        Assert.Contains(run.Errors, e => e.Contains(", row 5: the text is blank", StringComparison.Ordinal));
        string[] lines = await File.ReadAllLinesAsync(folder["once.csv"], TestContext.Current.CancellationToken);
        Assert.Equal(["id,text,price", "1,\"The cat sleeps on the sofa, all day long\",1.50", "2,Shares fell sharply on the stock market,2", "5,,5"], lines[..4]);

        // by meaning the sixth repeats the second, where one cares less about words
        run = (await KindredCommand.RunAsync("dedupe", "--in", file, "--method", "meaning", "--threshold", "0.7", "--json")).Succeeded();
        Assert.Equal([(3, 1, "exact"), (4, 2, "meaning"), (6, 2, "meaning")], run.Json[..^1].Select(Duplicate));
        run = (await KindredCommand.RunAsync("dedupe", "--in", file, "--method", "exact")).Succeeded();
        Assert.StartsWith("3\trepeats 1\texact 1.000", run.Lines[0], StringComparison.Ordinal);
        Assert.Equal(2, run.Lines.Length);
    }

    [Theory]
    [InlineData("t.jsonl", "{\"text\":\"a b c\",\"n\":1.0}\n{\"text\":\"A  b c\",\"n\":2}\n{\"text\":\"other\",\"deep\":{\"x\":[1]}}\n", "{\"text\":\"a b c\",\"n\":1.0}\n{\"text\":\"other\",\"deep\":{\"x\":[1]}}\n")]
    [InlineData("t.txt", "a\uD83D\uDE00\nA\uD83D\uDE00 \nb", "a\uD83D\uDE00\nb")]
    [InlineData("t.tsv", "n\ttext\n1\te\u0301t\u00E9\n2\t\u00C9TE\u0301\n", "n\ttext\n1\te\u0301t\u00E9\n")]
    public async Task Every_format_stays_what_it_was(string name, string content, string expected)
    {
        using var folder = new Folder();
        string file = folder.Write(name, content);
        (await KindredCommand.RunAsync("dedupe", "--in", file, "--method", "exact", "--out", folder["o" + name])).Succeeded();
        Assert.Equal(expected, await File.ReadAllTextAsync(folder["o" + name], TestContext.Current.CancellationToken));
        using (var zipped = new GZipStream(File.Create(file + ".gz"), CompressionMode.Compress)) zipped.Write(Encoding.UTF8.GetBytes(content));
        (await KindredCommand.RunAsync("dedupe", "--in", file + ".gz", "--method", "exact", "--out", folder["p" + name])).Succeeded();
        Assert.Equal(expected, await File.ReadAllTextAsync(folder["p" + name], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_hundred_thousand_equal_rows_and_one_row_are_done_in_no_time()
    {
        using var folder = new Folder();
        string file = folder.Write("t.txt", string.Concat(Enumerable.Repeat("the same text over and over\n", 100_000)));
        var run = (await KindredCommand.RunAsync("dedupe", "--in", file, "--out", folder["o.txt"], "--json")).Succeeded();
        Assert.Equal(99_999, run.Json[^1].GetProperty("exact").GetInt32());
        Assert.Equal("the same text over and over\n", await File.ReadAllTextAsync(folder["o.txt"], TestContext.Current.CancellationToken));
        run = (await KindredCommand.RunAsync("dedupe", "--in", folder["o.txt"], "--json")).Succeeded();
        Assert.Equal(1, Assert.Single(run.Json).GetProperty("kept").GetInt32());
    }

    [Fact]
    public async Task What_the_model_reads_in_part_is_not_dropped_by_meaning()
    {
        using var folder = new Folder();
        string start = string.Concat(Enumerable.Range(0, 500).Select(i => $"word{i % 97} "));
        string file = folder.Write("t.txt", $"{start}one end of it that differs from {string.Join(' ', Enumerable.Range(0, 400).Select(i => $"left{i}"))}\n{start}quite another end {string.Join(' ', Enumerable.Range(0, 400).Select(i => $"right{i}"))}\n");
        var run = (await KindredCommand.RunAsync("dedupe", "--in", file, "--json")).Succeeded();
        Assert.Equal(2, run.Json[^1].GetProperty("kept").GetInt32());
        Assert.Contains(run.Errors, e => e.Contains("not compared by meaning", StringComparison.Ordinal) && e.EndsWith("rows 1, 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Vectors_are_compared_as_they_are()
    {
        using var folder = new Folder();
        await File.WriteAllBytesAsync(folder["v.fvecs"], Fvecs([1, 0], [0, 1], [1, 0], [2, 0.1f], [0, 0]), TestContext.Current.CancellationToken);
        var run = (await KindredCommand.RunAsync("dedupe", "--in", folder["v.fvecs"], "--out", folder["o.fvecs"], "--json")).Succeeded();
        Assert.Equal([(3, 1, "exact"), (4, 1, "meaning")], run.Json[..^1].Select(Duplicate));
        Assert.Contains(run.Errors, e => e.Contains(", row 5: the vector is zero", StringComparison.Ordinal));
        Assert.Equal(Fvecs([1, 0], [0, 1], [0, 0]), await File.ReadAllBytesAsync(folder["o.fvecs"], TestContext.Current.CancellationToken));
        await File.WriteAllBytesAsync(folder["n.fvecs"], Fvecs([1, 0], [float.NaN, 1], [0, 1], [0, 2]), TestContext.Current.CancellationToken);
        var odd = (await KindredCommand.RunAsync("dedupe", "--in", folder["n.fvecs"], "--out", folder["m.fvecs"], "--json")).Succeeded();
        Assert.Contains(odd.Errors, e => e.EndsWith("row 2: component 1 is NaN, where a finite number is wanted; the row is left out", StringComparison.Ordinal));
        Assert.Equal((3, 4), (odd.Json[0].GetProperty("keeps").GetInt32(), odd.Json[0].GetProperty("row").GetInt32()));
        Assert.Equal((4, 2, 1), (odd.Json[^1].GetProperty("rows").GetInt32(), odd.Json[^1].GetProperty("kept").GetInt32(), odd.Json[^1].GetProperty("unusable").GetInt32()));
        Assert.Equal(Fvecs([1, 0], [0, 1]), await File.ReadAllBytesAsync(folder["m.fvecs"], TestContext.Current.CancellationToken));
        Assert.Contains("near is of texts", (await KindredCommand.RunAsync("dedupe", "--in", folder["v.fvecs"], "--method", "near")).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_input_is_named()
    {
        using var folder = new Folder();
        string file = folder.Write("t.csv", News);
        folder.Write("empty.csv", "text\n");
        folder.Write("nothing.txt", "");
        Assert.Contains("id, text, price", (await KindredCommand.RunAsync("dedupe", "--in", file, "--text", "body")).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row", (await KindredCommand.RunAsync("dedupe", "--in", folder["empty.csv"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row", (await KindredCommand.RunAsync("dedupe", "--in", folder["nothing.txt"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("--threshold is of one method", (await KindredCommand.RunAsync("dedupe", "--in", file, "--threshold", "0.7")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("--threshold 1.5", (await KindredCommand.RunAsync("dedupe", "--in", file, "--method", "near", "--threshold", "1.5")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("must end in .csv", (await KindredCommand.RunAsync("dedupe", "--in", file, "--out", folder["o.jsonl"])).Failure(2), StringComparison.Ordinal);
        Assert.Contains("standard input", (await KindredCommand.RunAsync("dedupe", "--in", "-", "--out", folder["o.csv"])).Failure(2), StringComparison.Ordinal);
    }

    private static (int, int, string) Duplicate(JsonElement line) => (line.GetProperty("row").GetInt32(), line.GetProperty("keeps").GetInt32(), line.GetProperty("method").GetString()!);

    private static byte[] Fvecs(params float[][] rows) => [.. rows.SelectMany(row => BitConverter.GetBytes(row.Length).Concat(row.SelectMany(BitConverter.GetBytes)))];
}
