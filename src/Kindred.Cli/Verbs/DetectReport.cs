using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Evaluation;

namespace Kindred.Cli.Verbs;

/// <summary>detect report: how well a detector finds what labels say.</summary>
internal static class DetectReport
{
    private static readonly string[] UsualNormal = ["0", "0.0", "false", "no", "normal"];

    public static Command Create()
    {
        var verb = new Command("report", "Measures a detector against labels. Example: kindred detect report --with machines.detector --in labelled.csv --label failure") { DetectVerb.With, DetectVerb.In, DetectVerb.Label, DetectVerb.Normal, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string file = args.GetRequiredValue(DetectVerb.In), name = Usage.Named(file);
        string? normal = args.GetValue(DetectVerb.Normal);
        var unusable = new UnusableRows(file);
        List<double> scores = [];
        List<bool> positive = [], called = [];
        await foreach (var row in DetectInput.ScoreAsync(args.GetRequiredValue(DetectVerb.With), file, args.GetValue(DetectVerb.Label), unusable, cancel))
        {
            if (row.Label is null) throw new ArgumentException(VectorFile.Names(file) ? $"{file} holds vectors, which have no labels: a table is wanted" : $"{name}: name the column of the labels with --label");
            scores.Add(row.Anomaly.Score);
            called.Add(row.Anomaly.IsAnomaly);
            positive.Add(normal is null ? !UsualNormal.Contains(row.Label.Trim(), StringComparer.OrdinalIgnoreCase) : row.Label != normal);
        }

        if (scores.Count == 0) throw new IOException($"{name}: there is no row that can be scored");
        int n = scores.Count, anomalies = positive.Count(p => p);
        if (anomalies == 0 || anomalies == n) throw new FormatException($"{name}: {(n == 1 ? $"its only row is {(anomalies == 0 ? "normal" : "an anomaly")}" : $"all {n} rows are {(anomalies == 0 ? "normal" : "anomalies")}")} by label, so nothing can be measured; say with --normal what a normal row reads");
        int hits = Enumerable.Range(0, n).Count(i => positive[i] && called[i]), alarms = called.Count(c => c);
        Write("rocAuc", RocCurve.Area(scores.ToArray(), positive.ToArray()));
        if (alarms > 0) Write("precision", hits / (double)alarms);
        Write("recall", hits / (double)anomalies);
        Write("falseAlarmRate", (alarms - hits) / (double)(n - anomalies));
        var (found, stretches, falseRuns) = Runs(positive, called);
        Write("stretches", stretches);
        Write("stretchesFound", found);
        Write("falseStretches", falseRuns);
        output.End(unusable.Count);
        return 0;

        void Write(string metric, double value)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{metric,-16}{value:0.####}"));
            output.Row(json =>
            {
                json.WriteString("metric", metric);
                json.WriteNumber("value", value);
                json.WriteNumber("n", n);
            });
        }
    }

    /// <summary>Runs of rows: how many labelled ones meet an alarm, how many there are, and how many alarms meet none.</summary>
    private static (int Found, int All, int False) Runs(List<bool> positive, List<bool> called)
    {
        return (Count(positive, called, met: true), Count(positive, positive, met: true), Count(called, positive, met: false));

        static int Count(List<bool> runs, List<bool> other, bool met)
        {
            int count = 0;
            for (int from = 0, to; from < runs.Count; from = to + 1)
            {
                for (to = from; to < runs.Count && runs[to]; to++)
                {
                }

                if (to > from && other.GetRange(from, to - from).Contains(true) == met) count++;
            }

            return count;
        }
    }
}
