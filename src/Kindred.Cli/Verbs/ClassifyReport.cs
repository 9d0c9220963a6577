using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Maps;

namespace Kindred.Cli.Verbs;

/// <summary>classify report: how good a classifier is on rows whose labels are known.</summary>
internal static class ClassifyReport
{
    private static readonly Option<string?> Text = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column." };
    private static readonly Option<string?> Out = new("--out") { Description = "Draw which labels are taken for which: a .png." };

    public static Command Create()
    {
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: the name must end in .png");
        });
        var verb = new Command("report", "Measures a classifier on rows whose labels are known, and that it has not seen. Example: kindred classify report --with tickets.classifier --in test.csv --out confusion.png")
        {
            ClassifyVerb.With, ClassifyVerb.In, Text, ClassifyVerb.Label, ClassifyVerb.Labels, ClassifyVerb.MultiLabel, Out, Encoder.Model, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string with = args.GetRequiredValue(ClassifyVerb.With), file = args.GetRequiredValue(ClassifyVerb.In), name = Usage.Named(file);
        string? picture = args.GetValue(Out);
        if (picture is not null) Usage.CheckWritable(picture);
        var classifier = ClassifyModel.Open(with);
        string? separator = args.GetValue(ClassifyVerb.MultiLabel);
        if (!classifier.HasSeveralLabels && separator is not null) throw new ArgumentException($"{with} gives one label a row: --multi-label does not go with it");
        separator ??= classifier.LabelSeparator;
        if (classifier.HasSeveralLabels && separator is null) throw new ArgumentException($"{with} gives several labels a row: --multi-label says what parts those of {name}");
        var (input, samples) = await classifier.ReadAsync(file, args.GetValue(Text), args.GetRequiredValue(ClassifyVerb.Label), args.GetValue(ClassifyVerb.Labels), separator, args.GetValue(Encoder.Model), cancel);
        var known = classifier.Labels.ToHashSet(StringComparer.Ordinal);
        if (classifier.OutsideLabel.Length > 0) known.Add(classifier.OutsideLabel);
        string[] unknown = [.. input.Labels.SelectMany(l => l).Where(l => !known.Contains(l))];
        if (unknown.Length > 0) await Console.Error.WriteLineAsync(Output.Plain($"kindred: {Output.Count(unknown.Length, "label")} of {name} {(unknown.Length == 1 ? "was not learnt and counts as a mistake" : "were not learnt and count as mistakes")}: {string.Join(", ", unknown.Distinct().Take(5))}"));
        if (separator is not null && OtherSeparator(unknown, separator, known) is { } other) await Console.Error.WriteLineAsync(Output.Plain($"kindred: \"{other.Label}\" of {name} is made of labels that were learnt: is \"{other.Separator}\" what parts them? So far it is \"{separator}\""));
        if (classifier.Learnt(samples) is { Count: > 0 } learnt)
            await Console.Error.WriteLineAsync(Output.Plain($"kindred: {learnt.Count} of {Output.Count(input.Count, "row")} of {input.Name} {(learnt.Count == 1 ? "is the same as a row" : "are the same as rows")} that it was fitted to, such as row {input.Rows[learnt[0]]}: the figures flatter"));
        var report = classifier.Report(classifier.Predict(samples), input.Labels);
        foreach (var (metric, value, rows) in report.Measures)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{metric,-39} {value:F4}  ({rows})"));
            output.Row(json =>
            {
                json.WriteString("metric", metric);
                json.WriteNumber("value", value);
                json.WriteNumber("n", rows);
            });
        }

        output.End(input.Unusable.Count);
        if (picture is null) return 0;
        if (report.Confusion.Count == 0) throw new ArgumentException($"--out {picture}: with several labels a row there is no such picture");
        Pictures.Write(picture, ConfusionPicture.Draw(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(name)}: {report["accuracy"]:P1} of {Output.Count(input.Count, "row")} right"), report));
        await Console.Error.WriteLineAsync(Output.Plain($"kindred: {picture}: drawn"));
        return 0;
    }

    /// <summary>A label that no row of the fit had, all parts of which are known when another sign parts them.</summary>
    private static (string Label, char Separator)? OtherSeparator(string[] unknown, string separator, HashSet<string> known)
    {
        foreach (string label in unknown)
        {
            foreach (char sign in label.Where(c => !char.IsLetterOrDigit(c) && !separator.Contains(c)).Distinct())
            {
                string[] parts = label.Split(sign, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                if (parts.Length > 1 && parts.All(known.Contains)) return (label, sign);
            }
        }

        return null;
    }
}
