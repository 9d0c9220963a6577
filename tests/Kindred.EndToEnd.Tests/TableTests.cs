using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Kindred.EndToEnd.Tests;

/// <summary>embed and map on tables.</summary>
public class TableTests
{
    [Theory]
    [InlineData("t.csv", "text,label\n\"a \"\"b\"\",\nc\",x\nsecond,y\n", "a \"b\",\nc", "second")]
    [InlineData("t.tsv", "label\ttext\nx\tone thing\ny\tanother\n", "one thing", "another")]
    [InlineData("t.jsonl", "{\"text\":\"one thing\"}\n{\"text\":\"half \\ud83d pair\"}\n", "one thing", "half \ufffd pair")]
    [InlineData("t.txt", "one thing\nanother\n", "one thing", "another")]
    public async Task Each_row_has_a_vector(string name, string content, params string[] texts)
    {
        using var folder = new Folder();
        string file = folder.Write(name, content);
        var rows = (await KindredCommand.RunAsync("embed", "--in", file, "--json")).Succeeded().Json;
        Assert.Equal(texts, rows.Select(r => r.GetProperty("text").GetString()));
        Assert.All(rows, r => Assert.Equal(384, r.GetProperty("vector").GetArrayLength()));

        using (var zipped = new GZipStream(File.Create(file + ".gz"), CompressionMode.Compress)) zipped.Write(Encoding.UTF8.GetBytes(content));
        Assert.Equal(rows.Select(r => r.ToString()), (await KindredCommand.RunAsync("embed", "--in", file + ".gz", "--json")).Succeeded().Json.Select(r => r.ToString()));
    }

    [Fact]
    public async Task Standard_input_fewer_dimensions_and_a_matrix()
    {
        using var folder = new Folder();
        var run = (await KindredCommand.RunAsync(["embed", "--in", "-", "--dims", "64", "--out", folder["v.npy"]], [], input: "text,n\nfirst,1\n,2\nthird,3\n")).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("1 of 3 texts is blank", StringComparison.Ordinal));
        byte[] file = await File.ReadAllBytesAsync(folder["v.npy"], TestContext.Current.CancellationToken);
        int header = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        Assert.Contains("'shape': (3, 64)", Encoding.ASCII.GetString(file, 10, header), StringComparison.Ordinal);
        Assert.Equal(10 + header + (3 * 64 * 4), file.Length);
        for (int row = 0; row < 3; row++)
        {
            double squares = 0;
            for (int d = 0; d < 64; d++) squares += Math.Pow(BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(10 + header + (4 * ((row * 64) + d)))), 2);
            Assert.Equal(1, squares, 1e-5);
        }
    }

    [Theory]
    [InlineData("t.csv", "text,label\n\"never closed,x\n", "line 2")]
    [InlineData("t.csv", "title,label\na,b\n", "title, label")]
    [InlineData("t.jsonl", "{\"text\":\"fine\"}\n{oops\n", "line 2")]
    [InlineData("t.csv", "", "empty")]
    [InlineData("t.txt", "", "no row")]
    public async Task A_broken_table_names_the_place(string name, string content, string place)
    {
        using var folder = new Folder();
        string file = folder.Write(name, content);
        string error = (await KindredCommand.RunAsync("embed", "--in", file, "--json")).Failure();
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains(place, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gzip_file_that_was_cut_is_not_read_as_a_whole_one()
    {
        using var folder = new Folder();
        using var whole = new MemoryStream();
        using (var zipped = new GZipStream(whole, CompressionMode.Compress, leaveOpen: true)) zipped.Write(Encoding.UTF8.GetBytes("text\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"row {i * 7919}\n"))));
        File.WriteAllBytes(folder["t.csv.gz"], whole.ToArray()[..((int)whole.Length / 2)]);
        Assert.Contains("t.csv.gz", (await KindredCommand.RunAsync("embed", "--in", folder["t.csv.gz"], "--json")).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_scores_have_no_correlation()
    {
        using var folder = new Folder();
        string file = folder.Write("t.tsv", "score\tsentence1\tsentence2\n1\ta\tb\n1\tc\td\n");
        Assert.Contains("equal", (await KindredCommand.RunAsync("eval", "sts", file, "--json")).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_column_is_taken_by_its_name()
    {
        using var folder = new Folder();
        string file = folder.Write("t.csv", "text,body\nnot this,but this\n");
        Assert.Equal("but this", Assert.Single((await KindredCommand.RunAsync("embed", "--in", file, "--text", "body", "--json")).Succeeded().Json).GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_matrix_can_be_drawn_and_not_embedded()
    {
        using var folder = new Folder();
        (await KindredCommand.RunAsync("embed", "a cat", "a dog", "a bank", "--out", folder["v.npy"])).Succeeded();
        Assert.Equal(3, Assert.Single((await KindredCommand.RunAsync("map", "--in", folder["v.npy"], "--out", folder["v.html"], "--json")).Succeeded().Json).GetProperty("points").GetInt32());
        (await KindredCommand.RunAsync("embed", "--in", folder["v.npy"])).Failure();
        File.WriteAllBytes(folder["bad.npy"], [1, 2, 3]);
        Assert.Contains("byte 0", (await KindredCommand.RunAsync("map", "--in", folder["bad.npy"], "--out", folder["b.html"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_and_too_much_to_embed_are_wrong_usage()
    {
        (await KindredCommand.RunAsync("embed", "--json")).Failure(2);
        (await KindredCommand.RunAsync("embed", "a", "--in", "b.txt")).Failure(2);
        Assert.Contains("--dims 385: all-minilm-l6-v2 gives 384 dimensions, of which the first 1 to 384", (await KindredCommand.RunAsync("embed", "a", "--dims", "385")).Failure(), StringComparison.Ordinal);
        Assert.Contains("--dims 64: resnet18 gives 512 dimensions, and a part of them is no vector of its own", (await KindredCommand.RunAsync("embed", "a.jpg", "--model", "resnet18", "--dims", "64")).Failure(), StringComparison.Ordinal);
        Assert.Contains("--dims 0", (await KindredCommand.RunAsync("embed", "a", "--dims", "0")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("-k many", (await KindredCommand.RunAsync("search", "a", "--store", "s", "-k", "many")).Failure(2), StringComparison.Ordinal);
        Assert.Contains("--model is blank", (await KindredCommand.RunAsync("neighbors", "king", "--model", "")).Failure(2), StringComparison.Ordinal);
        (await KindredCommand.RunAsync("embed", "--in", "no-such-file.csv")).Failure();
    }

    [Theory]
    [InlineData("de_DE.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public async Task The_machines_locale_changes_nothing(string locale)
    {
        var plain = (await KindredCommand.RunAsync("similarity", "an IDLE idea", "a FILE title", "--json")).Succeeded();
        var other = (await KindredCommand.RunAsync(["similarity", "an IDLE idea", "a FILE title", "--json"], [], environment: new Dictionary<string, string> { ["LC_ALL"] = locale, ["LANG"] = locale })).Succeeded();
        Assert.Equal(plain.Lines, other.Lines);
    }

    /// <summary>A title is part of what a row says, unless --text names one column; for classes, clusters, copies and vectors alike.</summary>
    [Fact]
    public async Task A_title_is_read_before_the_text()
    {
        using var folder = new Folder();
        string table = folder.Write("t.csv", "title,text,label\nBread,it is baked,food\nBells!,they ring,sound\n,plain text,food\nonly a title,,sound\n");
        string[] said = [.. (await KindredCommand.RunAsync("embed", "--in", table, "--model", "fast", "--json")).Succeeded().Json.Select(r => r.GetProperty("text").GetString()!)];
        Assert.Equal(["Bread. it is baked", "Bells! they ring", "plain text", "only a title"], said);
        said = [.. (await KindredCommand.RunAsync("embed", "--in", table, "--text", "text", "--model", "fast", "--json")).Succeeded().Json.Select(r => r.GetProperty("text").GetString()!)];
        Assert.Equal(["it is baked", "they ring", "plain text", ""], said);
        (await KindredCommand.RunAsync("classify", "fit", "--in", table, "--method", "words", "--out", folder["c"])).Succeeded();
        var predicted = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", table, "--explain", "1", "--json")).Succeeded().Json;
        Assert.Equal(4, predicted.Length);
        Assert.Equal("Bread. it is baked", predicted[0].GetProperty("why")[0].GetProperty("text").GetString());
    }

    /// <summary>Standard input is a table or lines of text by its first lines, for each verb alike.</summary>
    [Fact]
    public async Task Standard_input_is_told_apart_alike_by_all_verbs()
    {
        string numbers = "speed,heat\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i % 2 * 100},{i}\n")), prose = string.Concat(Enumerable.Range(0, 12).Select(i => $"Well, this is text {i}\n"));
        using var folder = new Folder();
        Assert.Equal(21, (await RunAsync(numbers, "cluster", "--k", "2")).Succeeded().Json.Length);
        Assert.Contains("speed, heat", (await RunAsync(numbers, "embed")).Failure(), StringComparison.Ordinal);
        Assert.Equal(20, (await RunAsync(numbers, "detect", "fit", "--out", folder["d"])).Succeeded().Json[0].GetProperty("rows").GetInt32());
        Assert.Equal(20, (await RunAsync(string.Concat(numbers.Split('\n').Select(l => l.Split(',')[0] + "\n")), "detect", "fit", "--out", folder["d"])).Succeeded().Json[0].GetProperty("rows").GetInt32());   // a column alone
        Assert.Equal(12, (await RunAsync(prose, "embed", "--model", "fast")).Succeeded().Json.Length);
        Assert.Equal(13, (await RunAsync(prose, "cluster", "--model", "fast", "--k", "2")).Succeeded().Json.Length);
        Assert.Equal(12, (await RunAsync(prose, "detect", "fit", "--model", "fast", "--out", folder["d"])).Succeeded().Json[0].GetProperty("rows").GetInt32());

        static Task<KindredCommand.Result> RunAsync(string input, params string[] verb) => KindredCommand.RunAsync([.. verb, "--in", "-", "--json"], [], input);
    }
}
