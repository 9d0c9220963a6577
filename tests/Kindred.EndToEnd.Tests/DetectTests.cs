using System.Globalization;
using System.Text.Json;
using Kindred.Learning.Anomalies;

namespace Kindred.EndToEnd.Tests;

/// <summary>detect fit, score, report and drift as users run them.</summary>
public class DetectTests
{
    [Fact]
    public async Task From_a_table_to_scores_with_reasons()
    {
        using var folder = new Folder();
        string normal = folder.Write("normal.csv", Machines(1000, 1, odd: false)), fresh = folder.Write("fresh.csv", Machines(1000, 2, odd: false)), odd = folder.Write("odd.csv", Machines(200, 3, odd: true));
        var fit = (await KindredCommand.RunAsync("detect", "fit", "--in", normal, "--out", folder["d"], "--json")).Succeeded();
        Assert.Contains(fit.Errors, e => e.Contains("column number is not learnt from: it counts the rows", StringComparison.Ordinal));
        Assert.Contains(fit.Errors, e => e.Contains("column anomaly is taken as the label", StringComparison.Ordinal));
        Assert.Equal(("number", 1000), (Assert.Single(fit.Json[0].GetProperty("ignored").EnumerateArray()).GetString(), fit.Json[0].GetProperty("rows").GetInt32()));

        var scored = (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", fresh, "--json")).Succeeded().Json;
        Assert.Equal(Enumerable.Range(1, 1000), scored.Select(r => r.GetProperty("row").GetInt32()));
        Assert.InRange(scored.Count(r => r.GetProperty("anomaly").GetBoolean()), 1, 28);   // 1 in 100 is asked for

        // in whatever order and company, from a file or from a stream, a row scores the same
        string[] lines = (await File.ReadAllLinesAsync(odd, TestContext.Current.CancellationToken))[..6];
        var first = (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", odd, "--json", "--out", folder["s.png"])).Succeeded();
        var stream = (await KindredCommand.RunAsync(["detect", "score", "--with", folder["d"], "--in", "-", "--json"], [], input: string.Join('\n', lines) + "\n")).Succeeded();
        Assert.Equal(first.Lines[..5], stream.Lines);
        Assert.True(new FileInfo(folder["s.png"]).Length > 1000);
        var why = first.Json[0].GetProperty("why");
        Assert.True(first.Json[0].GetProperty("anomaly").GetBoolean());
        Assert.Equal("speed", why.GetProperty("columns")[0].GetProperty("column").GetString());
        Assert.Equal(3, why.GetProperty("nearestNormal").GetArrayLength());

        var report = (await KindredCommand.RunAsync("detect", "report", "--with", folder["d"], "--in", odd, "--json")).Succeeded().Json;
        Assert.True(report.Single(r => r.GetProperty("metric").GetString() == "rocAuc").GetProperty("value").GetDouble() > 0.99);
        Assert.DoesNotContain((await KindredCommand.RunAsync("detect", "drift", "--with", folder["d"], "--in", fresh, "--json")).Succeeded().Json, Drifted);
        Assert.Contains((await KindredCommand.RunAsync("detect", "drift", "--with", folder["d"], "--in", odd, "--json")).Succeeded().Json, Drifted);

        static bool Drifted(JsonElement line) => line.GetProperty("drift").GetBoolean();
    }

    [Fact]
    public async Task A_row_of_a_stream_is_answered_before_the_next_one_comes()
    {
        using var folder = new Folder();
        (await KindredCommand.RunAsync("detect", "fit", "--in", folder.Write("t.csv", Machines(200, 1, odd: false)), "--out", folder["d"])).Succeeded();
        using var process = KindredCommand.Start(["detect", "score", "--with", folder["d"], "--in", "-", "--json"]);
        var cancel = TestContext.Current.CancellationToken;
        await process.StandardInput.WriteAsync("speed,kind\n1500,mill\n".AsMemory(), cancel);
        await process.StandardInput.FlushAsync(cancel);
        Assert.Contains("\"row\":1,", await process.StandardOutput.ReadLineAsync(cancel), StringComparison.Ordinal);
        await process.StandardInput.WriteAsync("1501,lathe\n".AsMemory(), cancel);
        await process.StandardInput.FlushAsync(cancel);
        Assert.Contains("\"row\":2,", await process.StandardOutput.ReadLineAsync(cancel), StringComparison.Ordinal);

        // a line that was cut, and one with a field too many, do not end the watch
        await process.StandardInput.WriteAsync("15\n1502,mill,7\n1503,mill\n".AsMemory(), cancel);
        await process.StandardInput.FlushAsync(cancel);
        Assert.Contains("\"row\":5,", await process.StandardOutput.ReadLineAsync(cancel), StringComparison.Ordinal);
        process.StandardInput.Close();
        Assert.Equal("{\"unusable\":2}", await process.StandardOutput.ReadLineAsync(cancel));
        await process.WaitForExitAsync(cancel);
        Assert.Contains("row 3: line 4: 1 field where the header has 2; the row is left out", await process.StandardError.ReadToEndAsync(cancel), StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("line 4: 1 field where the header has 2", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder.Write("c.csv", "speed,kind\n1500,mill\n1501,lathe\n15\n"))).Failure(), StringComparison.Ordinal);
    }

    /// <summary>Earlier files hold the column and the encoder's name alone.</summary>
    [Fact]
    public async Task A_detector_without_a_fingerprint_still_scores()
    {
        using var folder = new Folder();
        var random = new Random(1);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 12).Select(_ => (ReadOnlyMemory<float>)Enumerable.Range(0, 128).Select(_ => random.NextSingle()).ToArray())];
        AnomalyDetector.Fit(rows, new AnomalyOptions { Source = "body\nfast" }, TestContext.Current.CancellationToken).Save(folder["d"]);
        Assert.Equal(2, (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder.Write("t.csv", "title,body\na,some text\nb,another\n"), "--json")).Succeeded().Json.Length);
    }

    [Theory]
    [InlineData("one.csv", "a,b\n1,2\n", "1 row is too few")]
    [InlineData("empty.csv", "", "empty")]
    [InlineData("header.csv", "1,2\n3,4\n", "header line")]
    [InlineData("nothing.csv", "a,b\n,\n", "No column can be learnt from")]
    [InlineData("rows.csv", "a,b\n", "no row to learn from")]
    [InlineData("array.json", "[{\"a\":1},{\"a\":2}]\n", "line 1: neither an object nor a string")]
    public async Task What_cannot_be_learnt_from_is_named(string name, string content, string said)
    {
        using var folder = new Folder();
        Assert.Contains(said, (await KindredCommand.RunAsync("detect", "fit", "--in", folder.Write(name, content), "--out", folder["d"], "--json")).Failure(), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["d"]));
    }

    [Fact]
    public async Task Rows_and_columns_that_do_not_fit_are_named()
    {
        using var folder = new Folder();
        (await KindredCommand.RunAsync("detect", "fit", "--in", folder.Write("t.csv", Machines(200, 1, odd: false)), "--out", folder["d"])).Succeeded();
        var run = (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder.Write("s.csv", "kind,speed,more\nmill,fast,1\nanvil,1500,1\n,,\n"), "--json")).Succeeded();
        Assert.Equal([2, 3], run.Json.Select(r => r.GetProperty("row").GetInt32()));
        Assert.All(run.Json, r => Assert.True(double.IsFinite(r.GetProperty("score").GetDouble())));
        Assert.Contains(run.Errors, e => e.Contains("row 1: column speed holds \"fast\"", StringComparison.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("1 row of", StringComparison.Ordinal));
        Assert.Contains("'speed'", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder.Write("m.csv", "kind\nmill\n"), "--json")).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row that can be scored", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder.Write("e.csv", "kind,speed\n"))).Failure(), StringComparison.Ordinal);
        Assert.Contains("no row that can be scored", (await KindredCommand.RunAsync("detect", "report", "--with", folder["d"], "--in", folder["e.csv"])).Failure(), StringComparison.Ordinal);
        Assert.Contains(folder["x"], (await KindredCommand.RunAsync("detect", "score", "--with", folder.Write("x", "no detector"), "--in", folder["s.csv"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("--contamination 2", (await KindredCommand.RunAsync("detect", "fit", "--in", folder["s.csv"], "--out", folder["y"], "--contamination", "2")).Failure(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_machines_locale_changes_nothing()
    {
        using var folder = new Folder();
        string file = folder.Write("t.csv", Machines(100, 1, odd: true));
        var outputs = new List<string>();
        foreach (string locale in new[] { "C", "de_DE.UTF-8", "tr_TR.UTF-8" })
        {
            var environment = new Dictionary<string, string> { ["LC_ALL"] = locale, ["LANG"] = locale };
            (await KindredCommand.RunAsync(["detect", "fit", "--in", file, "--out", folder["d"]], [], environment: environment)).Succeeded();
            outputs.Add((await KindredCommand.RunAsync(["detect", "score", "--with", folder["d"], "--in", file, "--json"], [], environment: environment)).Succeeded().Output);
        }

        Assert.Single(outputs.Distinct());
    }

    [Fact]
    public async Task A_table_with_times_is_told_how_to_be_a_series()
    {
        using var folder = new Folder();
        string taxi = SharedData.Path("nab", "nyc_taxi.tsv");
        var table = (await KindredCommand.RunAsync("detect", "fit", "--in", taxi, "--out", folder["t"])).Succeeded();
        Assert.Contains(table.Errors, e => e.EndsWith("for a series, where a row depends on those before it, give --time timestamp", StringComparison.Ordinal));
        Assert.Contains("10320 rows, 1 column;", table.Output, StringComparison.Ordinal);
        var series = (await KindredCommand.RunAsync("detect", "fit", "--in", taxi, "--time", "timestamp", "--out", folder["s"])).Succeeded();
        Assert.Empty(series.Errors);
        Assert.Contains("one every 30 minutes, season 7 days, window 1 day;", series.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_texts_and_a_time_series()
    {
        using var folder = new Folder();
        string[] texts = [.. Enumerable.Range(0, 30).Select(i => $"The {new[] { "cat", "dog", "hamster", "rabbit", "pony" }[i % 5]} eats {new[] { "hay", "carrots", "its food", "an apple", "grass", "meat" }[i % 6]} in the garden")];
        string file = folder.Write("t.txt", string.Join('\n', texts) + "\n");
        (await KindredCommand.RunAsync("embed", "--in", file, "--out", folder["v.npy"])).Succeeded();
        (await KindredCommand.RunAsync("detect", "fit", "--in", folder["v.npy"], "--out", folder["v"])).Succeeded();
        Assert.Equal(30, (await KindredCommand.RunAsync("detect", "score", "--with", folder["v"], "--in", folder["v.npy"], "--json")).Succeeded().Lines.Length);

        (await KindredCommand.RunAsync("detect", "fit", "--in", file, "--out", folder["t"])).Succeeded();
        var scored = (await KindredCommand.RunAsync("detect", "score", "--with", folder["t"], "--in", folder.Write("n.txt", "The dog eats meat in the garden\nQuarterly revenue rose by four per cent\n"), "--json")).Succeeded().Json;
        Assert.Equal([false, true], scored.Select(r => r.GetProperty("anomaly").GetBoolean()));

        var start = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string series = folder.Write("s.csv", "when,load\n" + string.Concat(Enumerable.Range(0, 24 * 28).Select(i => string.Create(CultureInfo.InvariantCulture, $"{start.AddHours(i):s},{((i / 24) == 20 ? 0 : 10) + (i % 24) + (i * 7919 % 13 / 10.0)}\n"))));
        (await KindredCommand.RunAsync("detect", "fit", "--in", series, "--time", "when", "--out", folder["s"])).Succeeded();
        var watched = (await KindredCommand.RunAsync("detect", "score", "--with", folder["s"], "--in", series, "--json")).Succeeded().Json;
        int[] alarms = [.. watched.Where(r => r.GetProperty("anomaly").GetBoolean()).Select(r => r.GetProperty("row").GetInt32())];
        Assert.InRange(alarms[0], 481, 495);
        Assert.InRange(alarms[^1], 495, 504 + 24 + 24);   // the day, the window that remembers it, and a window of quiet
        Assert.Equal(alarms.Length, alarms[^1] - alarms[0] + 1);
    }

    private static string Machines(int rows, int seed, bool odd)
    {
        var random = new Random(seed);
        return "number,speed,kind,anomaly\n" + string.Concat(Enumerable.Range(1, rows).Select(i =>
        {
            bool off = odd && i % 10 == 1;
            double speed = 1500 + (random.NextDouble() * 40) + (random.NextDouble() * 40) + (off ? 400 : 0);
            return string.Create(CultureInfo.InvariantCulture, $"{i},{speed:F2},{(random.Next(3) == 0 ? "lathe" : "mill")},{(off ? 1 : 0)}\n");
        }));
    }
}
