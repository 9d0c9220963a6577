using System.Buffers.Binary;

namespace Kindred.EndToEnd.Tests;

/// <summary>Rows that cannot be used are named with their number from 1, counted, and never dropped in silence.</summary>
public class UnusableRowsTests
{
    private static readonly string[] Texts = ["the fan turns", "", "a disk hums", " ", "the bell rings", "the gong sounds", "a bell rings", "the fan hums", "the disk turns", "a gong sounds", "the hall is loud", "the office is calm"];

    /// <summary>Rows 2 and 4 are blank.</summary>
    public static TheoryData<string> OfTexts => ["cluster --in t.csv --k 2", "map --in t.csv --method pca --out m.html", "dedupe --in t.csv --method exact", "match t.csv", "match t.csv t.csv", "classify fit --in t.csv --out c",
        "classify predict --with known.c --in t.csv", "classify report --with known.c --in t.csv", "classify next --with known.c --in t.csv", "detect fit --in t.csv --out d", "detect score --with known.d --in t.csv",
        "detect report --with known.d --in t.csv --label label --normal a", "detect drift --with known.d --in t.csv"];

    [Theory, MemberData(nameof(OfTexts))]
    public async Task Blank_texts_are_named_and_counted(string call)
    {
        using var folder = new Folder();
        folder.Write("t.csv", "text,label\n" + string.Concat(Texts.Select((text, i) => $"{text},{(i % 2 == 0 ? "a" : "b")}\n")));
        folder.Write("good.csv", "text,label\n" + string.Concat(Texts.Where(t => t.Trim().Length > 0).Select((text, i) => $"{text},{(i % 2 == 0 ? "a" : "b")}\n")));
        if (call.Contains("known.c", StringComparison.Ordinal)) (await RunAsync(folder, "classify fit --in good.csv --out known.c")).Succeeded();
        if (call.Contains("known.d", StringComparison.Ordinal)) (await RunAsync(folder, "detect fit --in good.csv --out known.d")).Succeeded();
        var run = (await RunAsync(folder, call)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("t.csv, row 2: the text is blank", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("t.csv, row 4: the text is blank", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("2 rows of t.csv cannot be used", StringComparison.Ordinal));
        Assert.Equal(call == "match t.csv t.csv" ? 4 : 2, run.Json[^1].GetProperty("unusable").GetInt32());
        Assert.All(run.Json[..^1], line => Assert.False(line.TryGetProperty("unusable", out _)));
    }

    [Fact]
    public async Task Of_many_the_first_are_named_and_the_others_counted()
    {
        using var folder = new Folder();
        folder.Write("t.txt", string.Concat(Enumerable.Range(1, 30).Select(i => i % 3 == 0 ? "\n" : $"the bell rings {i} times\n")));
        var run = (await RunAsync(folder, "cluster --in t.txt --k 2")).Succeeded();
        Assert.Equal(5, run.Errors.Count(e => e.Contains("the text is blank", StringComparison.Ordinal)));
        Assert.Contains(run.Errors, e => e.Contains("and 5 more: 10 rows of t.txt cannot be used", StringComparison.Ordinal));
        Assert.Equal(10, run.Json[^1].GetProperty("unusable").GetInt32());

        // they are in no cluster, and the others in the one that their own text gives
        Assert.Equal(Enumerable.Range(1, 30).Where(i => i % 3 == 0), run.Json[..^1].Where(l => l.GetProperty("cluster").GetInt32() < 0).Select(l => l.GetProperty("row").GetInt32()));
        Assert.Equal(20, run.Json[^1].GetProperty("topics").EnumerateArray().Sum(t => t.GetProperty("size").GetInt32()));
    }

    /// <summary>Of fourteen vectors the third holds no number and the fifth an infinity.</summary>
    [Theory]
    [InlineData("cluster --in v.fvecs --k 2")]
    [InlineData("map --in v.fvecs --method pca --out m.html")]
    [InlineData("match v.fvecs")]
    [InlineData("classify fit --in v.fvecs --labels l.csv --out c")]
    [InlineData("classify predict --with known.c --in v.fvecs")]
    [InlineData("detect fit --in v.fvecs --out d")]
    [InlineData("detect score --with known.d --in v.fvecs")]
    [InlineData("detect drift --with known.d --in v.fvecs")]
    public async Task Vectors_that_are_not_finite_are_named_and_counted(string call)
    {
        using var folder = new Folder();
        var random = new Random(1);
        float[][] rows = [.. Enumerable.Range(0, 14).Select(i => new[] { (i % 2 * 5) + random.NextSingle(), random.NextSingle() + 1 })];
        await File.WriteAllBytesAsync(folder["good.fvecs"], Fvecs(rows), TestContext.Current.CancellationToken);
        rows[2][1] = float.NaN;
        rows[4][0] = float.NegativeInfinity;
        await File.WriteAllBytesAsync(folder["v.fvecs"], Fvecs(rows), TestContext.Current.CancellationToken);
        folder.Write("l.csv", "label\n" + string.Concat(Enumerable.Range(0, 14).Select(i => i % 2 == 0 ? "a\n" : "b\n")));
        if (call.Contains("known.c", StringComparison.Ordinal)) (await RunAsync(folder, "classify fit --in good.fvecs --labels l.csv --out known.c")).Succeeded();
        if (call.Contains("known.d", StringComparison.Ordinal)) (await RunAsync(folder, "detect fit --in good.fvecs --out known.d")).Succeeded();
        var run = (await RunAsync(folder, call)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("v.fvecs, row 3: ", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("v.fvecs, row 5: ", StringComparison.Ordinal));
        Assert.Equal(2, run.Json[^1].GetProperty("unusable").GetInt32());
        if (call.Contains("predict", StringComparison.Ordinal) || call.Contains("score", StringComparison.Ordinal))
            Assert.Equal(Enumerable.Range(1, 14).Except([3, 5]), run.Json.Select(l => l.GetProperty("row").GetInt32()));
    }

    [Fact]
    public async Task A_stream_has_the_count_on_a_line_of_its_own()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "speed,kind\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{1500 + (i * 37 % 11)},{(i % 3 == 0 ? "lathe" : "mill")}\n")));
        (await RunAsync(folder, "detect fit --in t.csv --out d")).Succeeded();
        var run = (await KindredCommand.RunAsync(["detect", "score", "--with", "d", "--in", "-", "--json"], [], "speed,kind\n1500,mill\nfast,mill\n1502,lathe\n", folder: folder.Path)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("standard input, row 2: column speed holds \"fast\"", StringComparison.Ordinal));
        Assert.Equal([1, 3], run.Json[..^1].Select(l => l.GetProperty("row").GetInt32()));
        Assert.Equal("{\"unusable\":1}", run.Lines[^1]);
    }

    /// <summary>Infinity is a number that cannot be used, not a name: the column stays one of numbers.</summary>
    [Theory]
    [InlineData("cluster --in t.csv --k 2")]
    [InlineData("classify fit --in t.csv --out c")]
    [InlineData("detect fit --in t.csv --out d")]
    public async Task A_column_with_infinities_stays_one_of_numbers(string call)
    {
        using var folder = new Folder();
        folder.Write("t.csv", "x,y,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 4 == 0 ? i % 8 == 0 ? "inf" : "-Infinity" : $"{i % 7}.5")},{(i * 13) % 11},{(i % 2 == 0 ? "a" : "b")}\n")));
        var run = (await RunAsync(folder, call)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("t.csv, row 1: column x holds \"inf\"", StringComparison.Ordinal));
        Assert.Equal(10, run.Json[^1].GetProperty("unusable").GetInt32());
        Assert.DoesNotContain(run.Errors, e => e.Contains("left out: x", StringComparison.Ordinal));
    }

    private static Task<KindredCommand.Result> RunAsync(Folder folder, string call) => KindredCommand.RunAsync([.. call.Split(' '), "--json"], [], folder: folder.Path);

    private static byte[] Fvecs(float[][] rows)
    {
        var bytes = new List<byte>();
        Span<byte> part = stackalloc byte[4];
        foreach (float[] row in rows)
        {
            BinaryPrimitives.WriteInt32LittleEndian(part, row.Length);
            bytes.AddRange(part);
            foreach (float value in row)
            {
                BinaryPrimitives.WriteSingleLittleEndian(part, value);
                bytes.AddRange(part);
            }
        }

        return [.. bytes];
    }
}
