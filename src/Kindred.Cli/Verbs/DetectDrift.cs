using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Anomalies;

namespace Kindred.Cli.Verbs;

/// <summary>detect drift: whether rows still come from what the detector learnt.</summary>
internal static class DetectDrift
{
    public static Command Create()
    {
        var verb = new Command("drift", "Tells whether rows have moved away from what a detector learnt. Example: kindred detect drift --with machines.detector --in today.csv") { DetectVerb.With, DetectVerb.In, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args.GetRequiredValue(DetectVerb.With), args.GetRequiredValue(DetectVerb.In), new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(string with, string file, Output output, CancellationToken cancel)
    {
        var unusable = new UnusableRows(file);
        foreach (var drift in await CompareAsync(with, file, unusable, cancel))
        {
            string name = drift.Column.Length == 0 ? "all together" : drift.Column;
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{(drift.IsDrift ? "drift" : "same "),-6} {name,-24} {drift.Measure,-7}{drift.Value,8:F4}{(double.IsNaN(drift.Psi) ? "" : $"  psi {drift.Psi:F3}"),-12}  p {drift.Probability:G3}"));
            output.Row(json =>
            {
                json.WriteString("column", drift.Column);
                json.WriteString("measure", drift.Measure);
                json.WriteNumber("value", drift.Value);
                if (!double.IsNaN(drift.Psi)) json.WriteNumber("psi", drift.Psi);
                json.WriteNumber("p", drift.Probability);
                json.WriteBoolean("drift", drift.IsDrift);
            });
        }

        output.End(unusable.Count);
        return 0;
    }

    private static async Task<IReadOnlyList<Drift>> CompareAsync(string with, string file, UnusableRows unusable, CancellationToken cancel)
    {
        var kind = AnomalyDetector.KindOf(with);
        if (kind == DetectorKind.Series) throw new ArgumentException($"{with} was learnt from a time series, whose rows depend on each other: no test of drift holds for it");
        if (VectorFile.Names(file)) return [DriftTest.Compare(AnomalyDetector.Open(with), VectorFile.ReadUsable(file, unusable, cancel).Rows, cancel)];
        using var table = InputTable.Open(file, unusable);
        IReadOnlyList<Drift> drifts;
        if (kind == DetectorKind.Table)
        {
            var detector = TableDetector.Open(with);
            drifts = DriftTest.Compare(detector, [.. DetectInput.Encode(detector, table, table.Label(null), cancel).Select(r => new ReadOnlyMemory<float>(r.Vector))], cancel);
        }
        else
        {
            var detector = AnomalyDetector.Open(with);
            var vectors = new List<ReadOnlyMemory<float>>();
            await foreach (var batch in DetectInput.EncodeAsync(with, detector, table, cancel)) vectors.AddRange(batch.Select(r => r.Vector));
            drifts = [DriftTest.Compare(detector, vectors, cancel)];
        }

        table.TellUnusable();
        return drifts;
    }
}
