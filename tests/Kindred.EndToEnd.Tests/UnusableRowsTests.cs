using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

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
    [InlineData("dedupe --in v.fvecs")]
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

        // packed it is read as well
        await using (var packed = new GZipStream(File.Create(folder["v.fvecs.gz"]), CompressionLevel.Fastest)) await packed.WriteAsync(Fvecs(rows), TestContext.Current.CancellationToken);
        var same = (await RunAsync(folder, call.Replace("v.fvecs", "v.fvecs.gz", StringComparison.Ordinal))).Succeeded();
        Assert.Equal(run.Lines[..^1], same.Lines[..^1]);
        Assert.Equal(2, same.Json[^1].GetProperty("unusable").GetInt32());
        if (call.Contains("predict", StringComparison.Ordinal) || call.Contains("score", StringComparison.Ordinal))
            Assert.Equal(Enumerable.Range(1, 14).Except([3, 5]), run.Json.Select(l => l.GetProperty("row").GetInt32()));
    }

    [Fact]
    public async Task What_a_row_of_a_stream_does_not_name_is_missing_and_a_header_that_is_not_there_is_told()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "speed,kind,load\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{1500 + (i * 37 % 11)},{(i % 3 == 0 ? "lathe" : "mill")},{i % 7}\n")));
        (await RunAsync(folder, "detect fit --in t.csv --out d")).Succeeded();
        string[] rows = ["""{"speed":1500,"kind":"mill"}""", """{"speed":1502,"kind":"lathe","load":3}""", """{"kind":"mill","load":2}"""];
        var run = (await ScoreAsync(string.Join('\n', rows) + "\n")).Succeeded();
        Assert.Equal([1, 2, 3], run.Json.Select(l => l.GetProperty("row").GetInt32()));
        Assert.Contains(run.Errors, e => e.Contains("column load: 1 of 3 rows of standard input holds what it never held when it was learnt: (missing) (1)", StringComparison.Ordinal));

        // each row scores as it does where the first one names all
        var turned = (await ScoreAsync($"{rows[1]}\n{rows[0]}\n{rows[2]}\n")).Succeeded();
        Assert.Equal(run.Json.Select(l => l.GetProperty("score").GetDouble()), new[] { 1, 0, 2 }.Select(i => turned.Json[i].GetProperty("score").GetDouble()));

        Assert.Contains("standard input: there is no column 'speed', 'kind', 'load'", (await ScoreAsync("""{"other":1}""" + "\n")).Failure(), StringComparison.Ordinal);
        foreach (string first in (string[])["1500,mill,3\n", "3,mill,3\n"]) Assert.Contains("the line with the columns' names looks missing: put one on top", (await ScoreAsync($"{first}1501,mill,4\n")).Failure(), StringComparison.Ordinal);

        Task<KindredCommand.Result> ScoreAsync(string input) => KindredCommand.RunAsync(["detect", "score", "--with", "d", "--in", "-", "--json"], [], input, folder: folder.Path);
    }

    [Theory]
    [InlineData("classify fit --in - --out c", "text,label\na,x\nb,x\n", "All rows have the label")]
    [InlineData("classify fit --in - --out c", "a,label\n\"1,5\",x\n\"2,5\",y\n", "holds numbers with commas")]
    [InlineData("cluster --in -", "text\n", "there is no row to cluster")]
    [InlineData("detect fit --in - --out d", "a,b\n1,2\n", "1 row is too few")]
    [InlineData("match -", "text\n\" \"\n", "its only row is blank")]
    public async Task A_stream_is_called_standard_input(string call, string input, string problem)
    {
        using var folder = new Folder();
        var run = await KindredCommand.RunAsync(call.Split(' '), [], input, folder: folder.Path);
        Assert.Equal(1, run.Code);
        Assert.StartsWith("kindred: standard input: ", run.Errors[^1], StringComparison.Ordinal);
        Assert.Contains(problem, run.Errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dates_with_slashes_are_read_as_a_day_above_12_says_and_where_none_does_it_is_told()
    {
        using var folder = new Folder();
        string[][] taxi = [.. File.ReadLines(SharedData.Path("nab", "nyc_taxi.tsv")).Skip(1).Take(1400).Select(l => l.Split('\t'))];   // from the first of July to the thirtieth
        Series("iso.tsv", 1400, time => time);
        Series("day.tsv", 1400, time => time.ToString("dd/MM/yyyy HH:mm:ss", CultureInfo.InvariantCulture));
        Series("month.tsv", 1400, time => time.ToString("MM/dd/yyyy HH:mm:ss", CultureInfo.InvariantCulture));
        Series("few.tsv", 500, time => time.ToString("dd/MM/yyyy HH:mm:ss", CultureInfo.InvariantCulture));
        double[] due = await ScoresAsync("iso.tsv", "iso.tsv"), few = due[..500];
        Assert.Equal(due, await ScoresAsync("day.tsv", "day.tsv"));
        Assert.Equal(due, await ScoresAsync("month.tsv", "month.tsv"));
        Series("noon.tsv", 1400, time => time.ToString("dd/MM/yyyy h:mm:ss tt", CultureInfo.InvariantCulture));
        Assert.Equal(due, await ScoresAsync("noon.tsv", "noon.tsv"));
        Assert.Equal(few, await ScoresAsync("day.tsv", "few.tsv"));   // the detector knows, where these days alone do not say
        Assert.Contains((await RunAsync(folder, "detect fit --in few.tsv --time timestamp --out f")).Errors, e => e.Contains("few.tsv, column timestamp: dates such as 01/07/2014 00:00:00 are read with the month first, and none of them has a day above 12", StringComparison.Ordinal));

        folder.Write("t.csv", "text,day\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"a cat sat there,{i:00}/04/2021\n")));
        var cluster = (await RunAsync(folder, "cluster --in t.csv --k 1 --time day")).Succeeded();
        Assert.DoesNotContain(cluster.Errors, e => e.Contains("date", StringComparison.Ordinal));
        Assert.All(cluster.Json[^1].GetProperty("topics")[0].GetProperty("times").EnumerateArray(), t => Assert.StartsWith("2021-04", t.GetProperty("time").GetString(), StringComparison.Ordinal));

        // bob's last word on the lamp is that of May: with the month first the days above 12 would be no dates, and May the fifth of March
        string[] days = ["ann,book,5,13/04/2021", "ann,lamp,4,02/04/2021", "bob,book,5,03/04/2021", "bob,lamp,1,03/05/2021", "bob,lamp,5,09/04/2021", "cat,lamp,5,30/03/2021"];
        folder.Write("r.csv", $"user,item,rating,time\n{string.Join('\n', days)}\n");
        folder.Write("i.csv", $"user,item,rating,time\n{string.Join('\n', days.Select(d => $"{d[..^10]}{d[^4..]}-{d[^7..^5]}-{d[^10..^8]}"))}\n");
        foreach (string name in (string[])["r", "i"]) Assert.DoesNotContain((await RunAsync(folder, $"recommend fit --in {name}.csv --liked-from 3 --out {name}")).Succeeded().Errors, e => e.Contains("cannot be used", StringComparison.Ordinal) || e.Contains("month", StringComparison.Ordinal));
        Assert.Equal(await File.ReadAllBytesAsync(folder["i"], TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(folder["r"], TestContext.Current.CancellationToken));

        void Series(string name, int rows, Func<DateTime, object> time) => folder.Write(name, "timestamp\tvalue\n" + string.Concat(taxi.Take(rows).Select(r =>
            string.Create(CultureInfo.InvariantCulture, $"{(time(DateTime.Parse(r[0], CultureInfo.InvariantCulture)) is string text ? text : r[0])}\t{r[1]}\n"))));

        async Task<double[]> ScoresAsync(string fit, string score)
        {
            Assert.DoesNotContain((await RunAsync(folder, $"detect fit --in {fit} --time timestamp --out s")).Succeeded().Errors, e => e.Contains("slash", StringComparison.Ordinal) || e.Contains("first", StringComparison.Ordinal));
            return [.. (await RunAsync(folder, $"detect score --with s --in {score}")).Succeeded().Json.Select(l => l.GetProperty("score").GetDouble())];
        }
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

    /// <summary>Of the stream only the row with the quote is lost: the lines after it were taken into its field, up to the end or to the next quote, and nothing was said of them.</summary>
    [Theory]
    [InlineData("1500,\"mill\n{0}", 300, "line 2: a quote is opened, and the 100 lines after it look like rows")]
    [InlineData("1500,\"mill\n{0}", 3, "line 2: a quote is opened and never closed")]
    [InlineData("1500,\"mill\n{0}1500,\"lathe\"\n", 3, "line 2: a quote is opened that only one within a field of line 6 could close")]
    [InlineData("1500,\"mill\n{0}1500,\"lathe, old\"\n", 40, "line 2: a quote is opened that only one within a field of line 43 could close")]
    public async Task A_quote_that_is_never_closed_takes_one_row_of_a_stream(string stream, int rows, string problem)
    {
        using var folder = new Folder();
        folder.Write("t.csv", "speed,kind\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{1500 + (i * 37 % 11)},{(i % 3 == 0 ? "lathe" : "mill")}\n")));
        (await RunAsync(folder, "detect fit --in t.csv --out d")).Succeeded();
        string input = "speed,kind\n" + string.Format(CultureInfo.InvariantCulture, stream, string.Concat(Enumerable.Repeat("1501,mill\n", rows)));
        var run = (await KindredCommand.RunAsync(["detect", "score", "--with", "d", "--in", "-", "--json"], [], input, folder: folder.Path)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains($"standard input, row 1: {problem}; the row is left out", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(2, input.Count(c => c == '\n') - 2), run.Json[..^1].Select(l => l.GetProperty("row").GetInt32()));
    }

    [Fact]
    public async Task A_stream_of_JSON_that_was_come_upon_within_a_line_is_read_from_the_next_one_on()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "speed,kind\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{1500 + (i * 37 % 11)},{(i % 3 == 0 ? "lathe" : "mill")}\n")));
        (await RunAsync(folder, "detect fit --in t.csv --out d")).Succeeded();
        string input = "eed\":1501,\"kind\":\"mill\"}\n{\"speed\":1502,\"kind\":\"mill\"}\n{\"speed\":1503,\"kind\":\"lathe\"}\n";
        var run = (await KindredCommand.RunAsync(["detect", "score", "--with", "d", "--in", "-", "--json"], [], input, folder: folder.Path)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("standard input, row 1: line 1: not valid JSON", StringComparison.Ordinal));
        Assert.Equal([2, 3], run.Json[..^1].Select(l => l.GetProperty("row").GetInt32()));
    }

    /// <summary>Infinity is a number that cannot be used, not a name: the column stays one of numbers.</summary>
    [Theory]
    [InlineData("cluster --in t.csv --k 2")]
    [InlineData("classify fit --in t.csv --out c")]
    [InlineData("detect fit --in t.csv --out d")]
    public async Task A_column_with_infinities_stays_one_of_numbers(string call)
    {
        using var folder = new Folder();
        folder.Write("t.csv", "x,y,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 4 == 0 ? i == 0 ? "inf" : "-Infinity" : $"{i % 7}.5")},{(i * 13) % 11},{(i % 2 == 0 ? "a" : "b")}\n")));
        var run = (await RunAsync(folder, call)).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("t.csv, row 1: column x holds \"inf\"", StringComparison.Ordinal));
        Assert.Equal(10, run.Json[^1].GetProperty("unusable").GetInt32());
        Assert.DoesNotContain(run.Errors, e => e.Contains("left out: x", StringComparison.Ordinal));
    }

    /// <summary>Rows that others before them were left out of the fit keep the number they have in the file.</summary>
    [Fact]
    public async Task Explanations_and_reasons_name_the_rows_as_the_file_counts_them()
    {
        using var folder = new Folder();
        string[] words = ["bell", "gong", "chime", "fan", "disk", "printer"];
        folder.Write("t.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 36).Select(i => i < 6 ? "no label,\n" : $"the {words[i % 6]} number {i},{(i % 6 < 3 ? "sound" : "office")}\n")));
        (await RunAsync(folder, "classify fit --in t.csv --out c")).Succeeded();
        folder.Write("new.csv", "text\nthe gong number 13\n");
        var why = (await RunAsync(folder, "classify predict --with c --in new.csv --explain 1")).Succeeded().Json[0].GetProperty("why")[0];
        Assert.Equal((14, "the gong number 13"), (why.GetProperty("row").GetInt32(), why.GetProperty("text").GetString()));
        Assert.Contains("(row 14)", (await KindredCommand.RunAsync(["classify", "predict", "--with", "c", "--in", "new.csv", "--explain", "1"], [], folder: folder.Path)).Succeeded().Output, StringComparison.Ordinal);

        // of texts, of a table and of vectors; --normal leaves rows out too
        folder.Write("odd.csv", "text\nzebra stripes in the quarterly budget of Peru\n");
        folder.Write("d.csv", "text,state\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i < 20 ? "the lamp is broken,bad\n" : $"the {words[i % 6]} rings at {i} past noon,good\n")));
        (await RunAsync(folder, "detect fit --in d.csv --label state --normal good --out d")).Succeeded();
        Assert.All(await NearestAsync("odd.csv"), row => Assert.InRange(row, 21, 40));
        folder.Write("n.csv", "x,y,state\n" + string.Concat(Enumerable.Range(0, 60).Select(i => i < 30 ? $"0,{i},bad\n" : $"{i % 7}.5,{i * 13 % 11}.1,good\n")));
        (await RunAsync(folder, "detect fit --in n.csv --label state --normal good --out d")).Succeeded();
        folder.Write("far.csv", "x,y\n900,900\n");
        Assert.All(await NearestAsync("far.csv"), row => Assert.InRange(row, 31, 60));
        float[][] rows = [.. Enumerable.Range(0, 30).Select(i => new[] { i < 10 ? float.NaN : i % 5, i * 7 % 4 })];
        await File.WriteAllBytesAsync(folder["v.fvecs"], Fvecs(rows), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["far.fvecs"], Fvecs([[500, 500]]), TestContext.Current.CancellationToken);
        (await RunAsync(folder, "detect fit --in v.fvecs --out d")).Succeeded();
        Assert.All(await NearestAsync("far.fvecs"), row => Assert.InRange(row, 11, 30));

        async Task<int[]> NearestAsync(string file)
        {
            var scored = (await RunAsync(folder, $"detect score --with d --in {file}")).Succeeded().Json[0];
            Assert.True(scored.GetProperty("anomaly").GetBoolean());
            int[] near = [.. scored.GetProperty("why").GetProperty("nearestNormal").EnumerateArray().Select(n => n.GetInt32())];
            Assert.NotEmpty(near);
            return near;
        }
    }

    [Fact]
    public async Task Vectors_of_a_recommender_and_points_of_a_map_are_counted_from_1()
    {
        using var folder = new Folder();
        folder.Write("loans.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 12).SelectMany(u => Enumerable.Range(0, 6).Select(i => $"u{u},i{(u + i) % 9}\n"))));
        (await RunAsync(folder, "recommend fit --in loans.csv --method als --out r")).Succeeded();
        var rows = (await RunAsync(folder, "recommend vectors --with r --out users.npy")).Succeeded().Json;
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (i, $"u{i - 1}")), rows.Select(r => (r.GetProperty("row").GetInt32(), r.GetProperty("name").GetString()!)));

        // what the page shows and saves goes by the file as well, rows that are not drawn among it
        folder.Write("t.txt", "\nthe bell rings\nthe gong sounds\n");
        (await RunAsync(folder, "map --in t.txt --method pca --out m.html")).Succeeded();
        string page = await File.ReadAllTextAsync(folder["m.html"], TestContext.Current.CancellationToken);
        Assert.Contains("\"row 2\",\"the bell rings\",2]", page, StringComparison.Ordinal);
        Assert.Contains("\"row 3\",\"the gong sounds\",3]", page, StringComparison.Ordinal);
        (await RunAsync(folder, "map --in users.npy --method pca --out m.html")).Succeeded();
        Assert.Contains("\"row 1\",\"\",\"\",1]", await File.ReadAllTextAsync(folder["m.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>Connections of a network: some of the second thousand go to a service that none of the first does.</summary>
    [Theory]
    [InlineData("classify fit --in first.tsv --label attack --out m", "classify predict --with m --in second.tsv", "classifier")]
    [InlineData("detect fit --in first.tsv --label attack --out m", "detect score --with m --in second.tsv", "detector")]
    public async Task Names_and_columns_that_were_never_seen_are_told(string fit, string use, string what)
    {
        using var folder = new Folder();
        string[] lines = await SharedData.LinesAsync("nsl-kdd", "train-20percent.tsv.gz");
        folder.Write("first.tsv", string.Join('\n', lines[..1001]) + "\n");
        string[] head = lines[0].Split('\t');
        int service = Array.IndexOf(head, "service"), label = Array.IndexOf(head, "attack");
        var known = lines[1..1001].Select(l => l.Split('\t')[service]).ToHashSet();
        string[] unseen = [.. lines[1001..2001].Select(l => l.Split('\t')[service]).Where(s => !known.Contains(s))];
        folder.Write("second.tsv", string.Join('\n', lines[1001..2001].Prepend(lines[0]).Select((l, i) => $"{string.Join('\t', l.Split('\t').Where((_, c) => c != label))}\t{(i == 0 ? "note" : "n")}")) + "\n");
        (await RunAsync(folder, fit)).Succeeded();
        var run = (await RunAsync(folder, use)).Succeeded();
        Assert.NotEmpty(unseen);
        string told = Assert.Single(run.Errors, e => e.Contains("column service: ", StringComparison.Ordinal));
        Assert.Contains($"{unseen.Length} of 1000 rows of second.tsv hold what it never held when it was learnt", told, StringComparison.Ordinal);
        Assert.Contains($"{unseen.GroupBy(s => s).MaxBy(g => g.Count())!.Key} (", told, StringComparison.Ordinal);
        Assert.Contains(run.Errors, e => e.Contains($"1 column of second.tsv is not read, for the {what} has not learnt from it: note", StringComparison.Ordinal));
        Assert.Equal(1000, run.Json.Length);

        // nor was a number ever missing
        string[] empty = lines[1001].Split('\t');
        empty[0] = "";
        folder.Write("gap.tsv", $"{lines[0]}\n{string.Join('\t', empty)}\n");
        Assert.Contains((await RunAsync(folder, use.Replace("second", "gap", StringComparison.Ordinal))).Succeeded().Errors, e => e.Contains("column duration: 1 of 1 row of gap.tsv holds what it never held when it was learnt: (missing) (1)", StringComparison.Ordinal));

        folder.Write("few.tsv", "duration\tservice\n1\thttp\n");
        string missing = (await RunAsync(folder, use.Replace("second", "few", StringComparison.Ordinal))).Failure();
        Assert.Contains($"'protocol_type', 'flag', 'src_bytes'", missing, StringComparison.Ordinal);
        Assert.Contains($"which the {what} has learnt from", missing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("classify fit --in t.jsonl --out m", "classify predict --with m --in t.jsonl")]
    [InlineData("detect fit --in t.jsonl --out m", "detect score --with m --in t.jsonl")]
    [InlineData("detect fit --in t.jsonl --time at --out m", "detect score --with m --in t.jsonl")]
    public async Task A_column_that_the_first_row_lacks_is_there(string fit, string use)
    {
        using var folder = new Folder();
        folder.Write("t.jsonl", string.Concat(Enumerable.Range(0, 1200).Select(i => $"{{\"at\":{i},\"x\":{i * 37 % 11},{(i == 0 ? "" : $"\"y\":{i * 53 % 7},")}\"label\":\"{(i % 2 == 0 ? "a" : "b")}\"}}\n")));
        (await RunAsync(folder, fit)).Succeeded();
        var rows = (await RunAsync(folder, use)).Succeeded().Json.Where(l => l.TryGetProperty("row", out _)).Select(l => l.GetProperty("row").GetInt32()).ToArray();
        Assert.Equal(Enumerable.Range(rows[0], 1201 - rows[0]), rows);
        Assert.InRange(rows[0], 1, 2);
    }

    [Fact]
    public async Task A_rating_that_the_first_event_lacks_counts_for_the_others()
    {
        using var folder = new Folder();
        folder.Write("e.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => $"{{\"user\":\"u{i % 6}\",\"item\":\"i{i * 7 % 10}\"{(i == 0 ? "" : $",\"rating\":{(i % 5) + 1}")}}}\n")));
        var run = (await RunAsync(folder, "recommend fit --in e.jsonl --method knn --liked-from 4 --out r")).Succeeded();
        Assert.Equal(1, run.Json[0].GetProperty("unusable").GetInt32());
        Assert.Contains(run.Errors, e => e.Contains("e.jsonl, row 1: rating \"\" is no number", StringComparison.Ordinal));
    }

    /// <summary>The taxis of New York: the same hours, written in three ways.</summary>
    [Fact]
    public async Task Dates_with_the_day_first_and_milliseconds_are_read()
    {
        using var folder = new Folder();
        string[][] hours = [.. (await File.ReadAllLinesAsync(SharedData.Path("nab", "nyc_taxi.tsv"), TestContext.Current.CancellationToken)).Skip(1).Take(1500).Select(l => l.Split('\t'))];
        var fitted = new List<double>();
        foreach (var write in (Func<DateTime, string>[])[t => t.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), t => t.ToString("dd.MM.yyyy HH:mm", CultureInfo.InvariantCulture), t => $"{(long)(t - DateTime.UnixEpoch).TotalMilliseconds}"])
        {
            folder.Write("t.tsv", "when\tvalue\n" + string.Concat(hours.Select(h => $"{write(DateTime.Parse(h[0], CultureInfo.InvariantCulture))}\t{h[1]}\n")));
            var run = (await RunAsync(folder, "detect fit --in t.tsv --time when --out d")).Succeeded();
            Assert.Equal((1500, 0), (run.Json[0].GetProperty("rows").GetInt32(), run.Json[0].GetProperty("unusable").GetInt32()));
            var scored = (await RunAsync(folder, "detect score --with d --in t.tsv")).Succeeded().Json;
            fitted.Add(scored.Sum(r => r.GetProperty("score").GetDouble()));
        }

        Assert.Equal(fitted[0], fitted[1], 1e-6);
        Assert.Equal(fitted[0], fitted[2], 1e-6);

        // recommend: with the month first y would be the latest
        folder.Write("e.tsv", "user\titem\ttimestamp\na\tx\t05.04.2024\na\ty\t12.02.2024\nb\tx\t31.01.2024\nb\tz\t01.02.2024\n");
        Assert.Equal(0, (await RunAsync(folder, "recommend fit --in e.tsv --method sequence --out r")).Succeeded().Json[0].GetProperty("unusable").GetInt32());
        string[] texts = ["the bell rings", "the gong sounds", "bread is baked", "flour and eggs"];
        folder.Write("c.tsv", "text\tday\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{texts[i % 4]} {i}\t{(i % 28) + 1:00}.{(i % 12) + 1:00}.2024\n")));
        var times = (await RunAsync(folder, "cluster --in c.tsv --k 2 --time day")).Succeeded();
        Assert.DoesNotContain(times.Errors, e => e.Contains("no date", StringComparison.Ordinal));
        Assert.StartsWith("2024-01-0", times.Json[^1].GetProperty("topics")[0].GetProperty("times")[0].GetProperty("time").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_that_go_back_are_told()
    {
        using var folder = new Folder();
        string[] lines = [.. (await File.ReadAllLinesAsync(SharedData.Path("nab", "nyc_taxi.tsv"), TestContext.Current.CancellationToken)).Take(501)];
        folder.Write("sorted.tsv", string.Join('\n', lines) + "\n");
        folder.Write("t.tsv", string.Join('\n', [lines[0], .. lines[251..], .. lines[1..251]]) + "\n");
        string column = lines[0].Split('\t')[0];
        foreach (string call in (string[])[$"detect fit --in t.tsv --time {column} --out d", "detect score --with d --in t.tsv"])
            Assert.Contains((await RunAsync(folder, call)).Succeeded().Errors, e => e.Contains("1 row of t.tsv is earlier than the row above it: row 251:", StringComparison.Ordinal));
        Assert.DoesNotContain((await RunAsync(folder, "detect score --with d --in sorted.tsv")).Succeeded().Errors, e => e.Contains("earlier", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("classify fit --in t.csv --out o")]
    [InlineData("detect fit --in t.csv --out o")]
    [InlineData("detect fit --in t.csv --time n --out o")]
    [InlineData("cluster --in t.csv --k 2")]
    public async Task Decimal_commas_are_no_names(string call)
    {
        using var folder = new Folder();
        folder.Write("t.csv", "n;x;label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i * 3};{i % 7},{i % 4};{(i % 2 == 0 ? "a" : "b")}\n")));
        var run = await RunAsync(folder, call);
        Assert.Equal(1, run.Code);
        Assert.Contains("olumn x holds numbers with commas, such as \"0,0\": write a point before the decimals", run.Errors[^1], StringComparison.Ordinal);
        Assert.Contains("t.csv", run.Errors[^1], StringComparison.Ordinal);

        // a list is no number
        folder.Write("t.csv", "n;x;label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i % 9};{(i % 2 == 0 ? "1,2,5" : "2,4,6")};{(i % 2 == 0 ? "a" : "b")}\n")));
        if (!call.Contains("--time", StringComparison.Ordinal)) (await RunAsync(folder, call)).Succeeded();
    }

    [Fact]
    public async Task Ratings_below_0_are_no_likes_and_decimal_commas_are_told()
    {
        using var folder = new Folder();
        folder.Write("r.csv", "user;item;rating\na;x;5\na;y;-3\na;v;4\nb;x;4\nb;z;2\nc;y;3\nc;w;3\nd;x;3,5\n");
        var run = (await RunAsync(folder, "recommend fit --in r.csv --method knn --out r")).Succeeded();
        Assert.Contains(run.Errors, e => e.Contains("r.csv, row 8: rating \"3,5\" is no number: write a point before the decimals", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("1 ratings of r.csv are below 0", StringComparison.Ordinal));

        // c liked y and w; a only saw y, so w is nothing that a's likes speak for
        var similar = (await RunAsync(folder, "recommend similar y --with r")).Succeeded().Json;
        Assert.Equal(["w"], similar.Select(r => r.GetProperty("item").GetString()));
        Assert.DoesNotContain((await RunAsync(folder, "recommend fit --in r.csv --liked-from -5 --out r")).Succeeded().Errors, e => e.Contains("below 0", StringComparison.Ordinal));
        Assert.True((await RunAsync(folder, "recommend similar y --with r")).Succeeded().Json.Length > 1);
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
