using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Clustering;
using Kindred.Learning.Evaluation;
using Kindred.Learning.Reduction;
using Kindred.Vectors.Files;

namespace Kindred.Bench;

/// <summary>Clustering and reduction beside scikit-learn, umap-learn and hdbscan: the same rows, in turns, each with all cores.</summary>
internal static class Clusters
{
    public static int Run(Settings settings)
    {
        string task = settings.Text("task", "kmeans"), file = settings.Text("rows", "rows.npy"), python = settings.Text("python", "python3");
        int k = settings.Number("k", 256), rounds = settings.Number("rounds", 3), count = settings.Number("count", int.MaxValue);
        var rows = Path.GetExtension(file) == ".npy" ? NpyFile.Read(file) : FvecsFile.Read(file);
        if (rows.Count > count) rows = [.. rows.Take(count)];
        string copy = Path.Combine(Path.GetTempPath(), $"kindred-bench-{Environment.ProcessId}.npy");
        NpyFile.Write(copy, rows, rows[0].Length);
        try
        {
            double[] ours = new double[rounds], theirs = new double[rounds];
            Fit(task, [.. rows.Take(300)], Math.Min(k, 50));
            for (int r = 0; r < rounds; r++)
            {
                double value = 0;
                ours[r] = Statistics.Seconds(() => value = Fit(task, rows, k));
                if (task == "umap") value = Trust(rows);
                string[] peer = Peer(python, task, copy, k);
                theirs[r] = double.Parse(peer[0], CultureInfo.InvariantCulture);
                Console.WriteLine($"{task} {rows.Count} x {rows[0].Length}: kindred {ours[r]:F2} s ({value:G6}), peer {theirs[r]:F2} s ({peer[1]})");
            }

            Console.WriteLine($"ratio {Statistics.Median(theirs) / Statistics.Median(ours):F2} ({theirs.Zip(ours, (t, o) => t / o).Min():F2} to {theirs.Zip(ours, (t, o) => t / o).Max():F2})");
            return 0;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static float[][] places = [];

    private static double Fit(string task, IReadOnlyList<ReadOnlyMemory<float>> rows, int k)
    {
        switch (task)
        {
            case "kmeans":
                return KMeansClustering.Fit(rows, k, new KMeansOptions { Starts = 1 }).Inertia;
            case "hdbscan":
                return Hdbscan.Fit(rows, new HdbscanOptions { MinClusterSize = 10 }).Clusters;
            case "umap":
                places = Umap.Project(rows);
                return 0;
            default:
                places = Tsne.Project(rows);
                return 0;
        }
    }

    /// <summary>Trustworthiness of 2,000 of the rows.</summary>
    private static double Trust(IReadOnlyList<ReadOnlyMemory<float>> rows)
    {
        int[] part = [.. Enumerable.Range(0, rows.Count)];
        new Random(1).Shuffle(part);
        part = part[..Math.Min(2000, part.Length)];
        return MapScore.Trustworthiness([.. part.Select(i => rows[i])], [.. part.Select(i => places[i])]);
    }

    private static string[] Peer(string python, string task, string file, int k)
    {
        string script = Path.Combine("bench", "peers", "learning", "clusters.py");
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true };
        foreach (string argument in (string[])[script, task, file, task == "kmeans" ? $"{k}" : "0"]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim().Split(' ') : throw new InvalidOperationException($"{python} {script} {task} failed");
    }
}
