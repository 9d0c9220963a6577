using System.Diagnostics;

namespace Kindred.Bench;

/// <summary>Start to finish of the published command, one folder beside another; each round runs every folder once.</summary>
internal static class Startup
{
    private static readonly string[][] Commands = [["similarity", "cat", "dog"], ["similarity", "a cat sits on the mat", "the dog lies on the rug"]];

    public static int Run(string[] folders)
    {
        const int rounds = 15;
        if (folders.Length == 0) throw new ArgumentException("Name the folders that hold a published command each; bench/startup/measure.sh makes them.");
        foreach (string[] command in Commands)
        {
            double[][] seconds = [.. folders.Select(_ => new double[rounds])];
            for (int r = -2; r < rounds; r++)
            {
                for (int f = 0; f < folders.Length; f++)
                {
                    double took = Once(folders[f], command);
                    if (r >= 0) seconds[f][r] = took;
                }
            }

            Console.WriteLine($"kindred {string.Join(' ', command.Select(c => c.Contains(' ') ? $"\"{c}\"" : c))}, {rounds} rounds");
            for (int f = 0; f < folders.Length; f++)
            {
                double ratio = Statistics.Median(seconds[0].Zip(seconds[f], (first, own) => first / own));
                Console.WriteLine($"  {folders[f],-30} {1000 * Statistics.Median(seconds[f]),7:F0} ms (best {1000 * seconds[f].Min():F0}), {ratio:F2} times as fast as {folders[0]}");
            }
        }

        return 0;
    }

    private static double Once(string folder, string[] command)
    {
        long started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "kindred"), command) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        double took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return process.ExitCode == 0 && output.Length > 0 ? took : throw new InvalidOperationException($"{folder}: exit {process.ExitCode}: {errors}");
    }
}
