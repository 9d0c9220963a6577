using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kindred.Cli.Maps;
using Kindred.Learning.Anomalies;

namespace Kindred.Cli.Verbs;

/// <summary>detect score: how far out each row is, and why.</summary>
internal static class DetectScore
{
    private static readonly Option<string?> Out = new("--out") { Description = "Draw the scores as well: a .png." };

    public static Command Create()
    {
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: the name must end in .png");
        });
        var verb = new Command("score", "Scores rows, from a file or as they come on standard input. Example: kindred detect score --with machines.detector --in today.csv") { DetectVerb.With, DetectVerb.In, Out, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string with = args.GetRequiredValue(DetectVerb.With), file = args.GetRequiredValue(DetectVerb.In);
        string? picture = args.GetValue(Out);
        if (picture is not null) Usage.CheckWritable(picture);
        List<ScoredRow> drawn = [];
        var unusable = new UnusableRows(file);
        long rows = 0, anomalies = 0;
        await foreach (var row in DetectInput.ScoreAsync(with, file, null, unusable, cancel))
        {
            rows++;
            anomalies += row.Anomaly.IsAnomaly ? 1 : 0;
            if (picture is not null) drawn.Add(row);
            Write(row, output, atOnce: file == "-");
        }

        output.End(unusable.Count);
        if (rows == 0) throw new IOException($"{Usage.Named(file)}: there is no row that can be scored");
        string told = string.Create(CultureInfo.InvariantCulture, $"{anomalies} of {Output.Count(rows, "row")} {(anomalies == 1 || rows == 1 ? "is an anomaly" : "are anomalies")}");
        if (picture is not null)
        {
            Pictures.Write(picture, ScorePicture.Draw($"{Path.GetFileName(Usage.Named(file))}: {told}", drawn, Threshold(with)));
            await Console.Error.WriteLineAsync(Output.Plain($"kindred: {picture}: {Output.Count(rows, "score")}"));
        }

        output.Text(told);
        return 0;
    }

    private static double Threshold(string with) => AnomalyDetector.KindOf(with) switch
    {
        DetectorKind.Table => TableDetector.Open(with).Detector.Threshold,
        DetectorKind.Series => SeriesDetector.Open(with).Threshold,
        _ => AnomalyDetector.Open(with).Threshold,
    };

    private static void Write(ScoredRow row, Output output, bool atOnce)
    {
        var anomaly = row.Anomaly;
        if (anomaly.IsAnomaly && !output.IsJson)
        {
            string why = string.Join(", ", anomaly.Columns.Select(c => $"{c.Column} {(c.Value.Length == 0 ? "missing" : c.Value)} (usual {c.Expected})"));
            output.Text(string.Create(CultureInfo.InvariantCulture, $"row {row.Row}  {anomaly.Score:F3}  {SearchVerb.Shorten(row.Text, 60)}{(row.Text.Length > 0 && why.Length > 0 ? "  " : "")}{why}"));
        }

        Action<Action<Utf8JsonWriter>> line = atOnce ? output.Line : output.Row;
        line(json =>
        {
            json.WriteNumber("row", row.Row);
            json.WriteNumber("score", anomaly.Score);
            json.WriteBoolean("anomaly", anomaly.IsAnomaly);
            json.WriteNumber("p", anomaly.Probability);
            if (anomaly.IsAnomaly) WriteWhy(json, anomaly);
        });
    }

    private static void WriteWhy(Utf8JsonWriter json, Anomaly anomaly)
    {
        json.WriteStartObject("why");
        json.WriteStartArray("columns");
        foreach (var column in anomaly.Columns)
        {
            json.WriteStartObject();
            json.WriteString("column", column.Column);
            json.WriteString("value", column.Value);
            json.WriteString("expected", column.Expected);
            json.WriteNumber("share", Math.Round(column.Share, 4));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("nearestNormal");
        foreach (long number in anomaly.NearestNormal) json.WriteNumberValue(number);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
