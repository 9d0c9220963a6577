namespace Kindred.EndToEnd.Tests;

/// <summary>advise, advise dims and plan, on files made here.</summary>
public class AdviseTests
{
    private static readonly string[] All = ["flat", "flat sq8", "flat sq4", "flat rabitq", "ivf", "ivf sq8", "ivf sq4", "ivf rabitq", "ivf pq", "hnsw", "hnsw sq8", "hnsw rabitq"];

    [Fact]
    public async Task Every_choice_is_measured_and_one_that_reaches_the_recall_is_recommended_and_drawn()
    {
        using var folder = new Folder();
        Write(folder["b.fvecs"], 6000, 16);
        string picture = folder["t.png"];
        var lines = (await KindredCommand.RunAsync("advise", "--base", folder["b.fvecs"], "--recall", "0.9", "--metric", "l2", "--seconds", "200", "--out", picture, "--json")).Succeeded().Json;
        Assert.Equal(All, lines.Select(l => l.GetProperty("choice").GetString()!).Distinct());
        var choice = Assert.Single(lines, l => l.GetProperty("recommended").GetBoolean());
        Assert.True(choice.GetProperty("recall").GetDouble() >= 0.9);
        Assert.All(lines, l =>
        {
            Assert.Equal((5800, 6000), (l.GetProperty("rows").GetInt32(), l.GetProperty("total").GetInt32()));
            Assert.InRange(l.GetProperty("recall").GetDouble(), 0, 1);
            Assert.True(l.GetProperty("qps").GetDouble() > 0);
        });

        // exact search finds all, and codes in lists take less than vectors
        Assert.Equal(1, lines.Single(l => l.GetProperty("choice").GetString() == "flat").GetProperty("recall").GetDouble());
        Assert.True(Bytes("flat rabitq") < Bytes("flat sq8") && Bytes("flat sq8") < Bytes("flat") && Bytes("ivf rabitq") < Bytes("ivf sq8") && Bytes("ivf sq8") < Bytes("ivf") && Bytes("hnsw") > 64);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken))[..4]);

        double Bytes(string name) => lines.First(l => l.GetProperty("choice").GetString() == name).GetProperty("bytesPerVector").GetDouble();
    }

    [Fact]
    public async Task Memory_rules_choices_out_and_names_the_smallest_where_nothing_fits()
    {
        using var folder = new Folder();
        Write(folder["b.fvecs"], 2000, 16);
        string[] line = ["advise", "--base", folder["b.fvecs"], "--recall", "0.8", "--seconds", "200"];
        var run = (await KindredCommand.RunAsync([.. line, "--memory", "100"])).Succeeded();
        Assert.Contains(run.Lines, l => l.Contains("recommended", StringComparison.Ordinal) && !l.Contains("hnsw", StringComparison.Ordinal));
        Assert.Contains(run.Lines, l => l.Contains("too much memory", StringComparison.Ordinal));
        var none = await KindredCommand.RunAsync([.. line, "--memory", "2KB", "--json"]);
        Assert.Equal(1, none.Code);
        Assert.Contains("fits into 1 bytes a vector; the smallest is", Assert.Single(none.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_is_recommended_where_the_first_dimensions_say_all()
    {
        using var folder = new Folder();
        var random = new Random(2);

        // what stands after the first 16 dimensions is a hundredth of what stands in them
        float[][] rows = [.. Enumerable.Range(0, 1500).Select(_ => Enumerable.Range(0, 64).Select(d => (float)((random.NextDouble() - 0.5) * (d < 16 ? 1 : 0.005))).ToArray())];
        WriteRows(folder["b.fvecs"], rows);
        var lines = (await KindredCommand.RunAsync("advise", "dims", "--base", folder["b.fvecs"], "--recall", "0.9", "--json")).Succeeded().Json;
        Assert.Equal([8, 12, 16, 24, 32, 48, 64], lines.Select(l => l.GetProperty("dims").GetInt32()));
        Assert.Equal(16, Assert.Single(lines, l => l.GetProperty("recommended").GetBoolean()).GetProperty("dims").GetInt32());
        Assert.Equal(1, lines[^1].GetProperty("recall").GetDouble());
        Assert.True(lines[0].GetProperty("recall").GetDouble() < 0.5);
    }

    [Fact]
    public async Task A_plan_weighs_what_it_says()
    {
        var lines = (await KindredCommand.RunAsync("plan", "--vectors", "10000000", "--dims", "128", "--memory-per-machine", "1GB", "--json")).Succeeded().Json;
        Assert.Equal(All, lines.Select(l => l.GetProperty("choice").GetString()!));
        foreach (var line in lines)
        {
            double memory = line.GetProperty("memoryBytes").GetDouble();
            Assert.Equal(Math.Ceiling(memory / 1e9), line.GetProperty("machines").GetDouble());
            Assert.Equal(memory / 1e7, line.GetProperty("bytesPerVector").GetDouble(), 0.01);

            // the vectors themselves are on every disk, and their ids; beside a graph, links, and codes of the links
            bool graph = line.GetProperty("index").GetString() == "hnsw";
            Assert.InRange(line.GetProperty("diskBytes").GetDouble() / 1e7, 520, graph ? 2000 : 750);
        }

        // 512 bytes of float32 and 8 of the id; codes of 16 bytes, 12 beside them and the id, and the lists' share
        Assert.InRange(Bytes("flat"), 520, 600);
        Assert.Equal(16 + 12 + 8, Bytes("flat rabitq"), 0.01);
        Assert.InRange(Bytes("ivf"), 520, 560);
        Assert.InRange(Bytes("ivf rabitq"), 30, 64);
        Assert.True(Bytes("hnsw") > Bytes("flat"));

        double Bytes(string name) => lines.Single(l => l.GetProperty("choice").GetString() == name).GetProperty("bytesPerVector").GetDouble();
    }

    [Fact]
    public async Task Files_that_cannot_be_measured_are_named()
    {
        using var folder = new Folder();
        foreach (string[] verb in new string[][] { ["advise"], ["advise", "dims"] })
        {
            Assert.Contains("gone.fvecs", (await KindredCommand.RunAsync([.. verb, "--base", folder["gone.fvecs"]])).Failure(), StringComparison.Ordinal);
            Assert.Contains(".fvecs or .npy", (await KindredCommand.RunAsync([.. verb, "--base", folder.Write("a.txt", "x")])).Failure(), StringComparison.Ordinal);
            await File.WriteAllBytesAsync(folder["empty.fvecs"], [], TestContext.Current.CancellationToken);
            Assert.Contains("no vector", (await KindredCommand.RunAsync([.. verb, "--base", folder["empty.fvecs"]])).Failure(), StringComparison.Ordinal);
            Write(folder["one.fvecs"], 1, 4);
            Assert.Contains("one vector", (await KindredCommand.RunAsync([.. verb, "--base", folder["one.fvecs"]])).Failure(), StringComparison.Ordinal);
        }

        Write(folder["b.fvecs"], 20, 4);
        Assert.Contains("none", (await KindredCommand.RunAsync("advise", "--base", folder["b.fvecs"], "--out", folder["none/t.png"])).Failure(), StringComparison.Ordinal);
        (await KindredCommand.RunAsync("advise", "--base", folder["b.fvecs"], "--recall", "0.5")).Succeeded();
    }

    [Theory]
    [InlineData("advise")]
    [InlineData("advise", "--base", "b.fvecs", "--recall", "1.5")]
    [InlineData("advise", "--base", "b.fvecs", "--recall", "nan")]
    [InlineData("advise", "--base", "b.fvecs", "--memory", "much")]
    [InlineData("advise", "--base", "b.fvecs", "--out", "t.jpg")]
    [InlineData("advise", "dims", "--base", "b.fvecs", "--recall", "0")]
    [InlineData("plan", "--vectors", "0", "--dims", "128")]
    [InlineData("plan", "--vectors", "1000", "--dims", "70000")]
    [InlineData("plan", "--vectors", "1000", "--dims", "128", "--recall", "1.5")]
    [InlineData("plan", "--vectors", "1000", "--dims", "128", "--memory-per-machine", "0GB")]
    [InlineData("plan", "--dims", "128")]
    public async Task Wrong_usage_ends_with_2_and_one_line(params string[] arguments) => (await KindredCommand.RunAsync(arguments)).Failure(2);

    private static void Write(string path, int rows, int dimensions)
    {
        var random = new Random(4);
        float[][] centres = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, dimensions).Select(_ => (float)random.NextDouble() * 4).ToArray())];
        WriteRows(path, [.. Enumerable.Range(0, rows).Select(i => centres[i % 30].Select(c => c + (float)random.NextDouble()).ToArray())]);
    }

    private static void WriteRows(string path, float[][] rows) => File.WriteAllBytes(path, [.. rows.SelectMany(row => BitConverter.GetBytes(row.Length).Concat(row.SelectMany(BitConverter.GetBytes)))]);
}
