using System.Diagnostics;

namespace Kindred.Bench;

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public static double Quantile(IEnumerable<double> values, double at)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Round(at * (sorted.Length - 1))];
    }

    public static double Seconds(Action work)
    {
        long started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Processor time that another process has taken so far.</summary>
    public static TimeSpan ProcessorTime(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }
}
