using Kindred.Vectors.Files;

namespace Kindred.Learning.Anomalies;

/// <summary>
/// Finds odd stretches of a time series. What is expected is the median at that place in the season (hour of the week, hour of the day, a period found by
/// autocorrelation, or none, whichever leaves the least). Two things raise the score: residuals that are large over a long window (a day), and a mean residual
/// that is very large over a short one (an hour). Windows end at the row, so rows can be scored as they come. Immutable.
/// </summary>
public sealed class SeriesDetector
{
    /// <summary>The fewest rows from which it is learnt what is normal.</summary>
    public const int MinRows = 50;

    // chosen on three series of machines and taxis: so many times the usual
    private const double LongLimit = 3.6, ShortLimit = 17;
    private const double Hour = 3600, Day = 24 * Hour, Week = 7 * Day;
    private const int MostScores = 20_000;

    private readonly double[] _scores;

    private SeriesDetector(string time, SeriesLayout layout, SeriesColumn[] columns, double[] scores, double threshold)
    {
        (Time, Layout, Parts, _scores, Threshold) = (time, layout, columns, scores, threshold);
        Tail = TailFit.Of(scores);
        Columns = [.. columns.Select(c => c.Name)];
    }

    /// <summary>The name of the column of the times.</summary>
    public string Time { get; }

    /// <summary>Whether in its dates with slashes the day came first, as in 31/12/2026: it is kept for whoever reads the times of other rows.</summary>
    public bool DayFirst { get; private init; }

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The usual time between two rows, in seconds.</summary>
    public double Step => Layout.Step;

    /// <summary>The season's length in seconds; 0 where there is none.</summary>
    public double Period => Layout.Period;

    /// <summary>Rows it was fitted to; 0 for a detector that was opened.</summary>
    public int Rows { get; private init; }

    /// <summary>Rows of the long window.</summary>
    public int Window => Layout.Long;

    /// <summary>A row that scores above it starts an alarm; 1 unless a share was asked for.</summary>
    public double Threshold { get; }

    /// <summary>How often rows of the training series exceed a score.</summary>
    public TailFit Tail { get; }

    internal SeriesLayout Layout { get; }

    internal SeriesColumn[] Parts { get; }

    /// <summary>Learns what is normal.</summary>
    /// <param name="time">The name of the column of the times.</param>
    /// <param name="times">Seconds from a Monday 00:00, where the calendar matters; shape [n], n at least <see cref="MinRows"/>.</param>
    /// <param name="names">The columns.</param>
    /// <param name="values">Shape [columns][n]; finite.</param>
    /// <param name="share">The share of the series beyond the threshold; null for a threshold of 1, which asks how many times the usual residual a stretch has.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are too few rows, shapes differ, a number is not finite, or the times do not advance.</exception>
    public static SeriesDetector Fit(string time, IReadOnlyList<double> times, IReadOnlyList<string> names, IReadOnlyList<double[]> values, double? share = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (times.Count < MinRows) throw TooFew.Rows(times.Count, "learn what is normal in a time series", MinRows, nameof(times));
        if (names.Count == 0 || names.Count != values.Count || values.Any(v => v.Length != times.Count)) throw new ArgumentException("Each column needs a name and a value for each time.", nameof(values));
        if (times.Any(t => !double.IsFinite(t)) || values.Any(v => v.Any(x => !double.IsFinite(x)))) throw new ArgumentException("A time or a value is not finite.", nameof(values));
        if (share is not null and not (> 0 and < 0.5)) throw new ArgumentException($"A share of {share}: above 0 and below 0.5 is wanted.", nameof(share));
        double[] when = [.. times];
        var layout = Lay(when, values);
        SeriesColumn[] columns = [.. values.Select((v, c) => Learn(names[c], layout, when, v))];
        cancel.ThrowIfCancellationRequested();
        var all = new SeriesDetector(time, layout, columns, [0], 1);
        var monitor = all.Start();
        double[] row = new double[columns.Length], scores = new double[when.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            for (int c = 0; c < row.Length; c++) row[c] = values[c][i];
            scores[i] = monitor.Next(when[i], row).Score;
        }

        double[] kept = [.. scores.Where((_, i) => i % ((scores.Length / MostScores) + 1) == 0)];
        return new(time, layout, columns, kept, share is { } s ? TailFit.Of(kept).Quantile(s) : 1) { Rows = when.Length };
    }

    /// <summary>The same detector with another <see cref="DayFirst"/>.</summary>
    /// <param name="dayFirst">What is kept.</param>
    public SeriesDetector WithDayFirst(bool dayFirst) => new(Time, Layout, Parts, _scores, Threshold) { Rows = Rows, DayFirst = dayFirst };

    /// <summary>Starts to watch a series, with no row seen yet.</summary>
    public SeriesMonitor Start() => new(this);

    /// <summary>Writes the detector, see docs/formats/detector.md.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path)
    {
        List<SafetensorsTensor> tensors = [new("scores", _scores)];
        for (int c = 0; c < Parts.Length; c++) tensors.Add(new($"profile.{c}", Parts[c].Profile));
        DetectorFile.Write(path, "series", json =>
        {
            json.WriteString("time", Time);
            if (DayFirst) json.WriteBoolean("dayFirst", true);
            json.WriteNumber("threshold", Threshold);
            json.WriteNumber("step", Layout.Step);
            json.WriteNumber("period", Layout.Period);
            json.WriteNumber("slot", Layout.Slot);
            json.WriteNumber("long", Layout.Long);
            json.WriteNumber("short", Layout.Short);
            json.WriteStartArray("columns");
            foreach (var part in Parts)
            {
                json.WriteStartObject();
                json.WriteString("name", part.Name);
                json.WriteNumber("long", part.Long);
                json.WriteNumber("short", part.Short);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }, tensors);
    }

    /// <summary>Opens a detector that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is broken, or no detector of a time series.</exception>
    public static SeriesDetector Open(string path) => DetectorFile.ReadModel(path, "series", (file, model) =>
    {
        var layout = new SeriesLayout(Number("step"), Number("period"), Number("slot"), model.GetProperty("long").GetInt32(), model.GetProperty("short").GetInt32());
        if (!(layout.Step > 0) || layout.Period < 0 || !(layout.Slot > 0) || layout.Slots > 1 << 20 || layout.Long is < 1 or > 1 << 24 || layout.Short < 1 || layout.Short > layout.Long) throw new FormatException("a time is out of range");
        List<SeriesColumn> columns = [];
        foreach (var part in model.GetProperty("columns").EnumerateArray())
        {
            double[] profile = file.ReadDoubles($"profile.{columns.Count}", layout.Slots);
            var column = new SeriesColumn(part.GetProperty("name").GetString()!, profile, part.GetProperty("long").GetDouble(), part.GetProperty("short").GetDouble());
            if (!(column.Long > 0) || !(column.Short > 0) || profile.Any(p => !double.IsFinite(p))) throw new FormatException($"column {column.Name} is out of range");
            columns.Add(column);
        }

        var scores = file.Describe("scores").Shape;
        if (columns.Count == 0 || scores.Count != 1 || scores[0] is < 1 or > MostScores + 1) throw new FormatException("columns or scores are missing");
        return new SeriesDetector(model.GetProperty("time").GetString()!, layout, [.. columns], file.ReadDoubles("scores", scores[0]), Number("threshold"))
        {
            DayFirst = model.TryGetProperty("dayFirst", out var dayFirst) && dayFirst.GetBoolean(),
        };

        double Number(string name) => model.GetProperty(name).GetDouble() is var value && double.IsFinite(value) ? value : throw new FormatException($"{name} is not finite");
    });

    /// <summary>The score of a row from how many times the usual its two windows hold.</summary>
    internal static double Join(double longTimes, double shortTimes) => Math.Max(longTimes / LongLimit, shortTimes / ShortLimit);

    private static SeriesLayout Lay(double[] times, IReadOnlyList<double[]> values)
    {
        double[] steps = [.. Enumerable.Range(1, times.Length - 1).Select(i => times[i] - times[i - 1])];
        double step = Median(steps);
        if (!(step > 0)) throw new ArgumentException("The times do not advance: the rows are wanted in the order of time.", nameof(times));
        double span = step * times.Length;
        bool calendar = step <= 3 * Hour && span >= 3 * Day;
        List<SeriesLayout> seasons = [];
        int cycle = Autocorrelation.Period(values[0]);
        if (calendar)
        {
            int day = (int)Math.Round(Day / step), hour = Math.Max(1, (int)Math.Round(Hour / step));
            foreach (double period in new[] { 0, Day, Week })
                if (span >= 3 * period) seasons.Add(new(step, period, Math.Max(step, Hour), day, hour));
        }
        else
        {
            int window = cycle > 0 ? cycle : Math.Clamp(times.Length / 50, 5, 500);
            seasons.Add(new(step, 0, step, window, Math.Max(1, window / 24)));
        }

        if (cycle > 0 && (!calendar || Math.Abs((cycle * step / Day) - Math.Round(cycle * step / Day)) > 0.02)) seasons.Add(seasons[0] with { Period = cycle * step, Slot = step });
        return seasons.MinBy(s => (s.Period > 0 ? 1.1 : 1) * values.Average(v => Left(s, times, v)))!;
    }

    /// <summary>The share of the median residual that a season leaves; a profile of few seasons lies too close to its own rows, which is made up for.</summary>
    private static double Left(SeriesLayout layout, double[] times, double[] values)
    {
        double[] profile = layout.Profile(times, values), flat = [Median(values)];
        double all = Median([.. values.Select(v => Math.Abs(v - flat[0]))]), seasons = layout.Period > 0 ? layout.Step * times.Length / layout.Period : 1e9;
        if (all == 0) return 1;
        return Median([.. values.Select((v, i) => Math.Abs(v - profile[layout.Place(times[i])]))]) / all * (1 + (2 / seasons));
    }

    private static SeriesColumn Learn(string name, SeriesLayout layout, double[] times, double[] values)
    {
        double[] profile = layout.Profile(times, values), residuals = [.. values.Select((v, i) => v - profile[layout.Place(times[i])])];
        double[] sizes = [.. residuals.Select(Math.Abs)];
        double floor = 1e-9 * Math.Max(values.Max(Math.Abs), 1e-300);
        return new(name, profile, Usual(layout.Long, sizes), Usual(layout.Short, residuals));

        // a series that stands still most of the time has a median of 0: its mean, or a trace of its size, serves
        double Usual(int window, double[] x)
        {
            double[] means = [.. Trailing(x, window).Select(Math.Abs)];
            double usual = Median(means);
            return usual > floor ? usual : Math.Max(means.Average(), floor);
        }
    }

    private static IEnumerable<double> Trailing(double[] x, int window)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] - (i >= window ? x[i - window] : 0);
            if (i >= window - 1 || i == x.Length - 1) yield return sum / Math.Min(i + 1, window);
        }
    }

    internal static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
