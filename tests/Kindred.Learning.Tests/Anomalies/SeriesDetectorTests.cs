using System.Globalization;
using Kindred.Learning.Anomalies;

namespace Kindred.Learning.Tests.Anomalies;

public class SeriesDetectorTests
{
    private const double Day = 86400;

    /// <summary>NAB's labelled windows: all found, and one false alarm at most in each file.</summary>
    [Theory]
    [InlineData("nyc_taxi.tsv", 7 * Day, 5)]
    [InlineData("cpu_utilization_asg_misconfiguration.tsv.gz", null, 1)]
    [InlineData("machine_temperature_system_failure.tsv.gz", 0.0, 4)]
    public void Every_window_is_found_at_one_false_alarm(string file, double? period, int windows)
    {
        var (_, rows) = AnomalyData.Shared($"nab/{file}");
        double[] times = [.. rows.Select(r => (DateTime.Parse(r[0], CultureInfo.InvariantCulture) - new DateTime(2001, 1, 1)).TotalSeconds)];
        double[] values = [.. rows.Select(r => double.Parse(r[1], CultureInfo.InvariantCulture))];
        var detector = SeriesDetector.Fit("timestamp", times, ["value"], [values], null, TestContext.Current.CancellationToken);
        if (period is { } known) Assert.Equal(known, detector.Period);
        bool[] alarms = Watch(detector, times, values), labels = [.. rows.Select(r => r[2] == "1")];
        Assert.Equal(windows, Runs(labels).Count(r => alarms[r].Contains(true)));
        Assert.InRange(Runs(alarms).Count(r => !labels[r].Contains(true)), 0, 1);
    }

    [Fact]
    public void A_season_of_any_length_is_found_and_a_missing_beat_is_an_alarm()
    {
        var random = new Random(1);
        double[] times = [.. Enumerable.Range(0, 3000).Select(i => (double)i)];
        double[] values = [.. times.Select(t => (10 * Math.Sin(2 * Math.PI * t / 37)) + AnomalyData.Gauss(random))];
        var detector = SeriesDetector.Fit("t", times, ["v"], [values], null, TestContext.Current.CancellationToken);
        Assert.Equal(37, detector.Period);
        Assert.DoesNotContain(true, Watch(detector, times, values));
        for (int i = 2000; i < 2037; i++) values[i] = 0;
        var alarms = Watch(detector, times, values);
        Assert.True(Array.IndexOf(alarms, true) is >= 2000 and < 2037);
        Assert.True(Array.LastIndexOf(alarms, true) < 2037 + (2 * detector.Window));
    }

    [Fact]
    public void A_round_trip_scores_the_same()
    {
        var random = new Random(3);
        double[] times = [.. Enumerable.Range(0, 24 * 40).Select(i => i * 3600.0)];
        double[] values = [.. times.Select(t => (t % Day / 3600) + AnomalyData.Gauss(random))], flat = [.. times.Select(_ => 7.0)];
        var detector = SeriesDetector.Fit("t", times, ["v", "flat"], [values, flat], 0.01, TestContext.Current.CancellationToken);
        Assert.Equal(Day, detector.Period);
        string path = Path.GetTempFileName();
        try
        {
            detector.Save(path);
            Assert.Equal(DetectorKind.Series, AnomalyDetector.KindOf(path));
            var again = SeriesDetector.Open(path);
            Assert.Equal(["v", "flat"], again.Columns);
            var (first, second) = (detector.Start(), again.Start());
            for (int i = 0; i < times.Length; i++)
            {
                var anomaly = first.Next(times[i], [values[i], i == 500 ? 8 : 7]);
                Assert.True(double.IsFinite(anomaly.Score));
                Assert.Equal((anomaly.Score, anomaly.IsAnomaly, anomaly.Probability), second.Next(times[i], [values[i], i == 500 ? 8 : 7]) is var b ? (b.Score, b.IsAnomaly, b.Probability) : default);
                if (i == 500) Assert.Equal(("flat", true), (anomaly.Columns[0].Column, anomaly.IsAnomaly));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Too_few_rows_and_times_that_stand_are_refused()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Throws<ArgumentException>(() => SeriesDetector.Fit("t", [1, 2, 3], ["v"], [[1, 2, 3]], null, cancel));
        Assert.Throws<ArgumentException>(() => SeriesDetector.Fit("t", new double[60], ["v"], [new double[60]], null, cancel));
        var detector = SeriesDetector.Fit("t", [.. Enumerable.Range(0, 60).Select(i => (double)i)], ["v"], [[.. Enumerable.Range(0, 60).Select(i => (double)(i % 2))]], null, cancel);
        Assert.Throws<ArgumentException>(() => detector.Start().Next(1, [double.NaN]));
        Assert.Throws<ArgumentException>(() => detector.Start().Next(1, [1, 2]));
        Assert.True(double.IsFinite(detector.Start().Next(1, [1e308]).Score));
    }

    private static bool[] Watch(SeriesDetector detector, double[] times, double[] values)
    {
        var monitor = detector.Start();
        return [.. times.Select((t, i) => monitor.Next(t, [values[i]]).IsAnomaly)];
    }

    private static List<Range> Runs(bool[] flags)
    {
        List<Range> runs = [];
        for (int from = 0, to; from < flags.Length; from = to + 1)
        {
            for (to = from; to < flags.Length && flags[to]; to++)
            {
            }

            if (to > from) runs.Add(from..to);
        }

        return runs;
    }
}
