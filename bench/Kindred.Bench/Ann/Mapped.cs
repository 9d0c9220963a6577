using System.Diagnostics;
using System.Globalization;
using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>Opening a saved graph: the first time in a process, each time in a new one, and again in the same.</summary>
internal static class Mapped
{
    public static int Run(Settings settings)
    {
        if (settings.Text("file", "") is { Length: > 0 } given) return Once(given);
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "clustered-1m"));
        using (var saved = new KindredHnsw(data, "kindred", 16, 200, Environment.ProcessorCount, fresh: false))
        {
        }

        string file = data.Cache + "-m16-efc200.kindred";
        int rounds = settings.Number("rounds", 9);
        double[][] times = [.. Enumerable.Range(0, rounds + 1).Select(_ => Child(file)).Skip(1)];   // the first brings the file into the page cache
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileName(file)}, {new FileInfo(file).Length / 1e6:F0} MB in the page cache, {rounds} processes: first opening {Range(times.Select(t => t[0]))} ms, second {Range(times.Select(t => t[1]))} ms"));
        return 0;
    }

    private static int Once(string file)
    {
        for (int i = 0; i < 2; i++)
            Console.WriteLine((1000 * Statistics.Seconds(() => HnswIndex.Open(file).Dispose())).ToString("F2", CultureInfo.InvariantCulture));
        return 0;
    }

    private static double[] Child(string file)
    {
        using var child = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Mapped).Assembly.Location, "mapped", "--file", file]) { RedirectStandardOutput = true })!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture))] : throw new InvalidOperationException($"opening {file} ended with {child.ExitCode}");
    }

    private static string Range(IEnumerable<double> values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Statistics.Quantile(values, 0):F0} to {Statistics.Quantile(values, 1):F0}, median {Statistics.Median(values):F0}");
}
