using System.Globalization;
using Kindred.Learning;
using Kindred.Learning.Anomalies;
using Kindred.Learning.Tables;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>The rows of a table as a time series.</summary>
internal static class DetectSeries
{
    private static readonly DateTime Monday = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static SeriesDetector Fit(InputTable table, string time, string[] ignored, string? label, double? share, CancellationToken cancel)
    {
        int at = table.Column(time);
        int? labels = table.Label(label);
        HashSet<int> left = [at, .. ignored.Select(table.Column)];
        if (labels is { } l) left.Add(l);
        List<TableRow> rows = [.. table.Rows(cancel)];
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count).Where(c => !left.Contains(c) && rows.Any(r => Number(r, c) is not null))];
        int[] others = [.. Enumerable.Range(0, table.Columns.Count).Except(left).Except(columns)];
        ClusterInput.CheckCommas(table, others, rows);
        foreach (int c in others) Console.Error.WriteLine(Output.Plain($"kindred: column {table.Columns[c]} is not learnt from: it holds no number"));
        if (columns.Length == 0) throw new FormatException($"{table.Name}: there is no column of numbers beside {time}");
        List<double> times = [];
        var order = new TimeOrder(table.Name);
        bool dayFirst = SlashDates.LookAt(table.Name, table.Columns[at], rows.Select(row => InputTable.Value(row, at)));
        List<double>[] values = [.. columns.Select(_ => new List<double>())];
        foreach (var row in rows)
        {
            if (Read(row, at, dayFirst, columns, table.Columns, out double when, out double[] numbers) is { } problem)
            {
                table.Unusable.Add(row.Number, problem);
                continue;
            }

            times.Add(when);
            order.Next(row.Number, when);
            for (int c = 0; c < columns.Length; c++) values[c].Add(numbers[c]);
        }

        order.Tell();
        return SeriesDetector.Fit(table.Columns[at], times, [.. columns.Select(c => table.Columns[c])], [.. values.Select(v => v.ToArray())], share, cancel).WithDayFirst(dayFirst);
    }

    /// <returns>What is wrong with the row; null where nothing is.</returns>
    public static string? Read(TableRow row, int time, bool dayFirst, int[] columns, IReadOnlyList<string> names, out double when, out double[] values)
    {
        values = new double[columns.Length];
        string text = InputTable.Value(row, time);
        if (Time(SlashDates.Read(text, dayFirst)) is not { } seconds)
        {
            when = 0;
            return $"\"{text}\" is no time";
        }

        when = seconds;
        for (int c = 0; c < columns.Length; c++)
        {
            if (Number(row, columns[c]) is { } number) values[c] = number;
            else return InputTable.Value(row, columns[c]) is var value && TableEncoder.IsMissing(value) ? $"column {names[columns[c]]} is missing" : $"column {names[columns[c]]} holds \"{value}\", where a number is wanted";
        }

        return null;
    }

    /// <summary>Seconds since a Monday: from a date and time, from seconds or milliseconds and the like since 1970, or from a bare count.</summary>
    public static double? Time(string text)
    {
        if (Timestamp.Read(text) is { } date) return (date - Monday).TotalSeconds;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
    }

    /// <summary>A length of time to read.</summary>
    public static string Span(double seconds)
    {
        var (count, unit) = seconds switch
        {
            >= 86400 => (seconds / 86400, "day"),
            >= 3600 => (seconds / 3600, "hour"),
            >= 60 => (seconds / 60, "minute"),
            _ => (seconds, "second"),
        };
        return seconds == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{count:0.##} {unit}{(count == 1 ? "" : "s")}");
    }

    private static double? Number(TableRow row, int column) =>
        double.TryParse(InputTable.Value(row, column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}
