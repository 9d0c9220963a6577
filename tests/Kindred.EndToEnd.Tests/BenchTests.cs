
namespace Kindred.EndToEnd.Tests;

/// <summary>bench ann and plan, on files made here and answers computed here.</summary>
public class BenchTests
{
    private const int Rows = 600, Dimensions = 20, QueryCount = 25;

    [Theory]
    [InlineData("l2")]
    [InlineData("cosine")]
    [InlineData("dot")]
    public async Task Flat_finds_the_neighbours_that_sorting_by_double_finds(string metric)
    {
        using var folder = new Folder();
        var (rows, queries) = Write(folder);
        WriteRows(folder["t.ivecs"], Truth(rows, queries, metric, 20), BitConverter.GetBytes);

        // without --metric it is told from the order of the truth
        foreach (string[] extra in new string[][] { [], ["--metric", metric], ["--threads", "2", "-k", "20"] })
        {
            var line = Assert.Single((await RunAsync(folder, [.. extra, "--json"])).Succeeded().Json);
            Assert.Equal(("flat", "none", metric), (line.GetProperty("index").GetString(), line.GetProperty("quantizer").GetString(), line.GetProperty("metric").GetString()));
            Assert.Equal(1, line.GetProperty("recall").GetDouble());
            Assert.True(line.GetProperty("qps").GetDouble() > 0);
            Assert.True(line.GetProperty("buildSeconds").GetDouble() >= 0);
            Assert.True(line.GetProperty("bytesPerVector").GetDouble() >= 4 * Dimensions);
            Assert.Equal(0, line.GetProperty("ef").GetInt32());
        }
    }

    [Theory]
    [InlineData("flat", "sq8", 0.98)]
    [InlineData("flat", "sq4", 0.98)]
    [InlineData("flat", "pq", 0.98)]
    [InlineData("flat", "rabitq", 0.98)]
    [InlineData("hnsw", "none", 0.98)]
    [InlineData("hnsw", "sq8", 0.98)]
    [InlineData("hnsw", "rabitq", 0.98)]
    [InlineData("ivf", "none", 0.98)]
    [InlineData("ivf", "sq8", 0.98)]
    public async Task Every_index_reaches_the_recall_it_is_for(string index, string quantizer, double least)
    {
        using var folder = new Folder();
        var random = new Random(5);
        float[][] rows = [.. Enumerable.Range(0, 3000).Select(i => Enumerable.Range(0, 32).Select(d => (float)(((i % 30) * (d + 1) % 7) + random.NextDouble())).ToArray())];
        await File.WriteAllBytesAsync(folder["b.fvecs"], [.. rows.SelectMany(r => BitConverter.GetBytes(r.Length).Concat(r.SelectMany(BitConverter.GetBytes)))], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["q.fvecs"], [.. rows[..50].SelectMany(r => BitConverter.GetBytes(r.Length).Concat(r.SelectMany(BitConverter.GetBytes)))], TestContext.Current.CancellationToken);
        var lines = (await KindredCommand.RunAsync("bench", "ann", "--base", folder["b.fvecs"], "--queries", folder["q.fvecs"], "--index", index, "--quantizer", quantizer, "--json")).Succeeded().Json;
        Assert.True(lines.Max(l => l.GetProperty("recall").GetDouble()) >= least, string.Join('\n', lines.Select(l => l.ToString())));
        Assert.All(lines, l => Assert.True(l.GetProperty("bytesPerVector").GetDouble() >= 16));
    }

    [Fact]
    public async Task Recall_is_the_share_that_was_found()
    {
        using var folder = new Folder();
        var (rows, queries) = Write(folder);
        int[][] truth = Truth(rows, queries, "l2", 10);
        int[][] far = Truth(rows, queries, "l2", Rows);

        // of each query's ten, the last three are said to be rows that lie farther off and come first in the file's order
        for (int q = 0; q < QueryCount; q++) truth[q] = [far[q][^1], far[q][^2], far[q][^3], .. truth[q][..7]];
        WriteRows(folder["t.ivecs"], truth, BitConverter.GetBytes);
        Assert.Equal(0.7, Assert.Single((await RunAsync(folder, ["--metric", "l2", "--json"])).Succeeded().Json).GetProperty("recall").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Equal_rows_count_for_each_other()
    {
        using var folder = new Folder();
        float[] one = [1, 2, 3], far = [9, 9, 9];
        WriteRows(folder["b.fvecs"], [.. Enumerable.Repeat(one, 50), far], BitConverter.GetBytes);
        WriteRows(folder["q.fvecs"], [one], BitConverter.GetBytes);
        WriteRows(folder["t.ivecs"], [[49, 48, 47, 46, 45]], BitConverter.GetBytes);
        var line = Assert.Single((await RunAsync(folder, ["--json"])).Succeeded().Json);
        Assert.Equal((1, 5), (line.GetProperty("recall").GetDouble(), line.GetProperty("k").GetInt32()));
    }

    [Fact]
    public async Task Truth_left_out_is_computed_and_people_get_a_table()
    {
        using var folder = new Folder();
        Write(folder);
        var run = (await KindredCommand.RunAsync("bench", "ann", "--base", folder["b.fvecs"], "--queries", folder["q.fvecs"], "--index", "flat", "-k", "1000")).Succeeded();
        Assert.Equal(3, run.Lines.Length);
        Assert.Contains("600 vectors of 20 dimensions, 25 queries, l2", run.Lines[0], StringComparison.Ordinal);
        Assert.Contains("1.0000", run.Lines[2], StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task Files_that_do_not_fit_are_named()
    {
        using var folder = new Folder();
        var (rows, queries) = Write(folder);
        int[][] truth = Truth(rows, queries, "l2", 10);

        await FailsAsync(truth[1..], "t.ivecs", "25 queries");
        truth[3][2] = Rows;
        await FailsAsync(truth, "t.ivecs", "row 4, neighbour 3 is 600");
        truth[3][2] = -1;
        await FailsAsync(truth, "t.ivecs", $"byte {(3 * 44) + 4 + 8}");
        truth[3][2] = 0;
        WriteRows(folder["t.ivecs"], truth, BitConverter.GetBytes);
        Assert.Contains("-k is 11", (await RunAsync(folder, ["-k", "11"])).Failure(), StringComparison.Ordinal);

        foreach (byte[] bytes in new byte[][] { [], [1, 2], [0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127, 1, 1, 1, 1] })
        {
            File.WriteAllBytes(folder["t.ivecs"], bytes);
            Assert.Contains("t.ivecs, byte 0", (await RunAsync(folder, [])).Failure(), StringComparison.Ordinal);
        }

        WriteRows(folder["t.ivecs"], truth, BitConverter.GetBytes);
        WriteRows(folder["q.fvecs"], [new float[Dimensions + 1]], BitConverter.GetBytes);
        Assert.Contains("21 dimensions", (await RunAsync(folder, [])).Failure(), StringComparison.Ordinal);
        rows[500][7] = float.NaN;
        WriteRows(folder["b.fvecs"], rows, BitConverter.GetBytes);
        Assert.Contains("row 501, dimension 8", (await RunAsync(folder, [])).Failure(), StringComparison.Ordinal);
        File.WriteAllBytes(folder["b.fvecs"], []);
        Assert.Contains("no vector", (await RunAsync(folder, [])).Failure(), StringComparison.Ordinal);
        File.Delete(folder["b.fvecs"]);
        Assert.Contains("b.fvecs", (await RunAsync(folder, [])).Failure(), StringComparison.Ordinal);

        async Task FailsAsync(int[][] wrong, params string[] said)
        {
            WriteRows(folder["t.ivecs"], wrong, BitConverter.GetBytes);
            string error = (await RunAsync(folder, [])).Failure();
            Assert.All(said, s => Assert.Contains(s, error, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_matrix_larger_than_the_memory_is_refused_with_its_size()
    {
        using var folder = new Folder();
        Write(folder);
        using (var sparse = new FileStream(folder["b.fvecs"], FileMode.Open)) sparse.SetLength(84L * 100_000_000_000);
        Assert.Contains("8400.0 GB", (await RunAsync(folder, [], truth: false)).Failure(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench", "ann", "--base", "b", "--queries", "q", "--index", "tree")]
    [InlineData("bench", "ann", "--base", "b", "--queries", "q", "--ef", "5,x")]
    [InlineData("bench", "ann", "--base", "b", "--queries", "q", "-k", "0")]
    [InlineData("bench", "ann", "--base", "b", "--queries", "q", "--threads", "0")]
    [InlineData("bench", "ann", "--base", "b")]
    public async Task Wrong_usage_ends_with_2(params string[] arguments)
    {
        var run = await KindredCommand.RunAsync(arguments);
        Assert.Equal(2, run.Code);
        Assert.NotEmpty(run.Errors);
    }

    private static Task<KindredCommand.Result> RunAsync(Folder folder, string[] more, bool truth = true) =>
        KindredCommand.RunAsync(["bench", "ann", "--base", folder["b.fvecs"], "--queries", folder["q.fvecs"], .. truth ? ["--truth", folder["t.ivecs"]] : Array.Empty<string>(), "--index", "flat", .. more]);

    /// <summary>Rows of unlike lengths, so that the three metrics disagree.</summary>
    private static (float[][] Rows, float[][] Queries) Write(Folder folder)
    {
        var random = new Random(3);
        float[][] all = [.. Enumerable.Range(0, Rows + QueryCount).Select(_ =>
        {
            double length = 0.5 + (2 * random.NextDouble());
            return Enumerable.Range(0, Dimensions).Select(_ => (float)(length * (random.NextDouble() - 0.4))).ToArray();
        })];
        WriteRows(folder["b.fvecs"], all[..Rows], BitConverter.GetBytes);
        WriteRows(folder["q.fvecs"], all[Rows..], BitConverter.GetBytes);
        return (all[..Rows], all[Rows..]);
    }

    private static int[][] Truth(float[][] rows, float[][] queries, string metric, int k) =>
        [.. queries.Select(q => Enumerable.Range(0, rows.Length).OrderByDescending(i => Score(q, rows[i], metric)).Take(k).ToArray())];

    private static double Score(float[] x, float[] y, string metric)
    {
        double dot = x.Zip(y, (a, b) => (double)a * b).Sum();
        return metric switch
        {
            "dot" => dot,
            "cosine" => dot / Math.Sqrt(y.Sum(b => (double)b * b)),
            _ => -x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum(),
        };
    }

    private static void WriteRows<T>(string path, T[][] rows, Func<T, byte[]> bytes) =>
        File.WriteAllBytes(path, [.. rows.SelectMany(row => BitConverter.GetBytes(row.Length).Concat(row.SelectMany(bytes)))]);
}
