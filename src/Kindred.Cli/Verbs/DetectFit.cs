using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Learning;
using Kindred.Learning.Anomalies;
using Kindred.Learning.Tables;

namespace Kindred.Cli.Verbs;

/// <summary>detect fit: learns what is normal.</summary>
internal static class DetectFit
{
    private static readonly Option<string> Out = new("--out") { Description = "The detector's file.", Required = true };
    private static readonly Option<string> Method = new("--method") { Description = "auto (several together), knn, lof, iforest, mahalanobis or ecod.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<double> FalseAlarms = new("--false-alarms") { Description = "The share of normal rows that may be called anomalies; the threshold comes from the tail of the training scores.", DefaultValueFactory = _ => 0.01, CustomParser = DetectVerb.Share };
    private static readonly Option<double?> Contamination = new("--contamination") { Description = "The share of the training rows that are anomalies, where it is known: the threshold parts off so many.", CustomParser = r => DetectVerb.Share(r) };
    private static readonly Option<string?> Text = new("--text") { Description = "Detect odd texts, pictures or sounds: the column of the texts, or of the names of the files." };
    private static readonly Option<string?> Time = new("--time") { Description = "Detect odd stretches of a time series: the column of the times." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("auto", "knn", "lof", "iforest", "mahalanobis", "ecod");
        var verb = new Command("fit", "Learns what is normal. Example: kindred detect fit --in machines.csv --out machines.detector")
        {
            DetectVerb.In, Out, Method, FalseAlarms, Contamination, LearntColumns.Ignore, DetectVerb.Label, DetectVerb.Normal, Text, Time, Encoder.TextModel, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(FalseAlarms) is { Implicit: false } && result.GetResult(Contamination) is not null) result.AddError("either --false-alarms or --contamination is wanted");
            if (result.GetResult(Text) is not null && result.GetResult(Time) is not null) result.AddError("either --text or --time is wanted");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Out), file = args.GetRequiredValue(DetectVerb.In);
        Usage.CheckWritable(path);
        var options = new AnomalyOptions { Method = DetectVerb.MethodOf(args.GetRequiredValue(Method)), FalseAlarms = args.GetValue(FalseAlarms), Contamination = args.GetValue(Contamination) };
        var unusable = new UnusableRows(file);
        string what;
        double threshold;
        int rows;
        IReadOnlyList<TableColumn> ignored = [];
        if (VectorFile.Names(file))
        {
            var (vectors, places) = VectorFile.ReadUsable(file, unusable, cancel);
            var detector = AnomalyDetector.Fit(vectors, options with { RowNumbers = [.. places.Select(i => i + 1)] }, cancel);
            detector.Save(path);
            (what, threshold, rows) = (Output.Count(detector.Dimensions, "dimension"), detector.Threshold, detector.Count);
        }
        else
        {
            using var table = InputTable.Open(file, unusable);
            if (args.GetValue(Time) is { } time)
            {
                var series = DetectSeries.Fit(table, time, args.GetValue(LearntColumns.Ignore) ?? [], args.GetValue(DetectVerb.Label), args.GetValue(Contamination) ?? (args.GetResult(FalseAlarms) is { Implicit: false } ? options.FalseAlarms : null), cancel);
                series.Save(path);
                (what, threshold, rows) = ($"one every {DetectSeries.Span(series.Step)}, season {DetectSeries.Span(series.Period)}, window {DetectSeries.Span(series.Window * series.Step)}", series.Threshold, series.Rows);
            }
            else if (LearntColumns.Encoded(table, args.GetValue(Text), args.GetValue(LearntColumns.Ignore) ?? [], args.GetValue(Encoder.TextModel), cancel) is { } encoded)
            {
                var detector = await OfTextsAsync(table, encoded, args, options, cancel);
                detector.Save(path);
                (what, threshold, rows) = (encoded.Media is null ? "texts" : "files", detector.Threshold, detector.Count);
            }
            else
            {
                var detector = OfTable(table, args, options, cancel);
                detector.Save(path);
                ignored = [.. detector.Encoder.Columns.Where(c => c.Kind == ColumnKind.Ignored)];
                foreach (var column in ignored) await Console.Error.WriteLineAsync(Output.Plain($"kindred: column {column.Name} is not learnt from: it {column.Reason}"));
                (what, threshold, rows) = (Output.Count(detector.Encoder.Columns.Count - ignored.Count, "column"), detector.Detector.Threshold, detector.Detector.Count);
            }

            table.TellUnusable();
        }

        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(rows, "row")}, {what}; a row that scores above {threshold:F3} is an anomaly; {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteString("out", path);
            json.WriteNumber("rows", rows);
            json.WriteString("method", args.GetRequiredValue(Method));
            json.WriteNumber("threshold", threshold);
            json.WriteStrings("ignored", ignored.Select(column => column.Name));
            json.WriteNumber("unusable", unusable.Count);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
        });
        return 0;
    }

    private static TableDetector OfTable(InputTable table, ParseResult args, AnomalyOptions options, CancellationToken cancel)
    {
        string? normal = args.GetValue(DetectVerb.Normal);
        int? label = normal is null ? table.Label(args.GetValue(DetectVerb.Label)) : Label(table, args, normal);
        HashSet<int> left = [.. (args.GetValue(LearntColumns.Ignore) ?? []).Select(table.Column)];
        List<IReadOnlyList<string>> rows = [];
        List<int> numbers = [];
        int[]? kept = null;
        foreach (var row in table.Rows(cancel))
        {
            if (normal is not null && InputTable.Value(row, label!.Value) != normal) continue;
            kept ??= [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != label && !left.Contains(c))];
            rows.Add([.. kept.Select(c => InputTable.Value(row, c))]);
            numbers.Add((int)row.Number);
        }

        if (rows.Count == 0) throw NoRow(table, label, normal);
        if (label is { } at && args.GetValue(DetectVerb.Label) is null) Console.Error.WriteLine(Output.Plain($"kindred: column {table.Columns[at]} is taken as the label: it is not learnt from"));
        if (kept!.Where(c => Enumerable.Range(0, Math.Min(rows.Count, 100)).All(r => IsTime(rows[r][Array.IndexOf(kept!, c)]))).Select(c => table.Columns[c]).FirstOrDefault() is { } times)
            Console.Error.WriteLine(Output.Plain($"kindred: column {times} holds times, and each row is judged by itself: for a series, where a row depends on those before it, give --time {times}"));
        var detector = TableDetector.Fit([.. kept!.Select(c => table.Columns[c])], rows, options with { RowNumbers = numbers }, cancel);
        foreach (var (row, problem) in detector.Unusable) table.Unusable.Add(row, problem);
        return detector;
    }

    // a date with its time of day or its place in the year, not a number that could be one
    private static bool IsTime(string value) => (Timestamp.Read(value) ?? Timestamp.Read(SlashDates.Read(value, dayFirst: true))) is not null && value.AsSpan().IndexOfAny('-', ':', '/') > 0;

    private static async Task<AnomalyDetector> OfTextsAsync(InputTable table, EncodedColumn column, ParseResult args, AnomalyOptions options, CancellationToken cancel)
    {
        string? normal = args.GetValue(DetectVerb.Normal), model = args.GetValue(Encoder.TextModel);
        int? label = normal is null ? null : Label(table, args, normal);
        using var encoder = column.Open(model);
        List<ReadOnlyMemory<float>> vectors = [];
        List<int> numbers = [];
        var rows = table.Rows(cancel).Where(row => normal is null || InputTable.Value(row, label!.Value) == normal);
        await foreach (var all in DetectInput.EncodeAsync(table, column, rows, int.MaxValue, encoder, cancel))
        {
            vectors.AddRange(all.Select(r => r.Vector));
            numbers.AddRange(all.Select(r => (int)r.Row.Number));
        }

        if (vectors.Count == 0)
        {
            table.TellUnusable();
            throw NoRow(table, label, normal);
        }

        return AnomalyDetector.Fit(vectors, options with { RowNumbers = numbers, Source = $"{args.GetValue(Text)}\n{Encoder.Kept(encoder, model)}" }, cancel);
    }

    private static IOException NoRow(InputTable table, int? label, string? normal) =>
        new($"{table.Name}: there is no row to learn from{(normal is null ? "" : $" whose {table.Columns[label!.Value]} is {normal}")}");

    /// <summary>The column that --normal is a value of.</summary>
    private static int Label(InputTable table, ParseResult args, string normal) =>
        table.Label(args.GetValue(DetectVerb.Label)) ?? throw new ArgumentException($"--normal {normal}: name the column of the labels with --label");
}
