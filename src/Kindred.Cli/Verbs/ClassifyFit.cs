using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Classification;
using Kindred.Learning.Tables;
using Kindred.Models;
using Kindred.Words.FastText;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>classify fit: learns labels.</summary>
internal static class ClassifyFit
{
    private const string UsualOutside = "oos";

    /// <summary>With fewer rows a share of 0.9 may as well be 0.8 or 1.</summary>
    private const int FewRows = 30;

    private static readonly Option<string> Out = new("--out") { Description = "The classifier's file.", Required = true };
    private static readonly Option<string?> Text = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column. A table without one is learnt from its other columns." };
    private static readonly Option<string> Method = new("--method") { Description = "auto (all that apply, weighed by cross-validation; with few rows a label the encoder is tuned to them as well, which takes minutes), logistic, knn, centroid, words, boosting or fasttext.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string?> Oos = new("--oos") { Description = "The label of texts that belong to no class: what looks like none of the others gets it. When left out, oos if there are such rows." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("auto", "logistic", "knn", "centroid", "words", "boosting", "fasttext");
        var verb = new Command("fit", "Learns labels from examples. Example: kindred classify fit --in tickets.csv --out tickets.classifier")
        {
            ClassifyVerb.In, Out, Text, ClassifyVerb.Label, ClassifyVerb.Labels, Method, Oos, ClassifyVerb.MultiLabel, LearntColumns.Ignore, Encoder.Model, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Oos) is not null && result.GetResult(ClassifyVerb.MultiLabel) is not null) result.AddError("either --oos or --multi-label is wanted: with several labels a row may have none");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Out), method = args.GetRequiredValue(Method);
        string? separator = args.GetValue(ClassifyVerb.MultiLabel);
        Usage.CheckWritable(path);
        var input = ClassifyInput.Read(args.GetRequiredValue(ClassifyVerb.In), args.GetValue(Text), args.GetRequiredValue(ClassifyVerb.Label), args.GetValue(ClassifyVerb.Labels), separator, args.GetValue(LearntColumns.Ignore) ?? [], null, args.GetValue(Encoder.Model), cancel);
        if (input.Media is not null && method is "words" or "fasttext") throw new ArgumentException($"--method {method} reads texts; {input.Name} names pictures or sounds");
        if (method == "fasttext") return await FitWordsAsync(args, input, path, clock, output, cancel);
        string? outside = args.GetValue(Oos) ?? (separator is null && input.Labels.Any(l => l is [UsualOutside]) ? UsualOutside : null);
        var options = new ClassifierOptions { Method = MethodOf(method), OutsideLabel = outside, LabelSeparator = separator ?? "" };
        Classifier.CheckLabels(input.Labels, separator is not null, outside);
        var samples = new Samples(input.Texts, input.Vectors);
        using var encoder = input.Values is not null || input.Texts is null || method == "words" ? null : input.Media ?? (IEmbeddingGenerator<string, Embedding<float>>)Encoder.Open(args.GetValue(Encoder.Model));
        if (input.Values is not null)
        {
            if (method == "words") throw new ArgumentException($"{input.Name} has no column called text: name one with --text");
            var table = TableEncoder.Fit(input.Columns, input.Values);
            foreach (var column in table.Columns.Where(c => c.Kind == ColumnKind.Ignored)) await Console.Error.WriteLineAsync(Output.Plain($"kindred: column {column.Name} is not learnt from: it {column.Reason}"));
            foreach (var column in table.Columns.Where(c => c.Kind == ColumnKind.Constant)) await Console.Error.WriteLineAsync(Output.Plain($"kindred: column {column.Name} tells no label from another: it holds the same number in all rows"));
            samples = new Samples(null, input.Encode(table));
            options = options with { Table = table };
        }
        else if (encoder is not null)
        {
            samples = await input.EncodeAsync(encoder, options.Method == ClassifierMethod.Auto && input.Count <= Classifier.MostLayerRows, cancel);
            options = options with { Encoder = Encoder.Kept(encoder, args.GetValue(Encoder.Model)) };
            if (encoder is EmbeddingModel model) options = options with { LabelNames = await NamesAsync(model, input, cancel), Tune = model.Tuner };
        }

        if (input.Texts is null) samples = samples with { Names = [.. Enumerable.Range(0, input.Count).Select(input.Describe)] };
        samples = samples with { RowNumbers = [.. input.Rows.Select(row => (int)row)] };
        var classifier = await ProgressBar.RunAsync("fit", show => Task.Run(() =>
        {
            var progress = new Told<string>(what => show(0, 1, what));
            return separator is null
                ? Classifier.Fit(samples, [.. input.Labels.Select(l => l[0])], options, progress, cancel)
                : Classifier.FitSeveral(samples, input.Labels, options, progress, cancel);
        }, cancel));
        classifier.Save(path);
        if (classifier.HasSeveralLabels && (classifier.NearestOnly || classifier.Validation is null))
            await Console.Error.WriteLineAsync(Output.Plain($"kindred: {input.Name} has too few rows a label to measure where yes ends and no begins{(classifier.NearestOnly ? ": each row will get the label nearest to it alone" : "")}; five rows a label and more tell it"));
        Tell(output, path, input, classifier.Labels.Count, [.. classifier.Weights.Select(w => w.View)], classifier.Validation, clock);
        return 0;
    }

    /// <summary>Without an encoder: every fifth row measures what the others teach, then all teach.</summary>
    private static async Task<int> FitWordsAsync(ParseResult args, ClassifyInput input, string path, Stopwatch clock, Output output, CancellationToken cancel)
    {
        if (input.Texts is null) throw new ArgumentException($"{input.Name}: --method fasttext reads texts, and there is no column called text: name one with --text");
        if (args.GetValue(ClassifyVerb.MultiLabel) is not null || args.GetValue(Oos) is not null) throw new ArgumentException("--method fasttext learns one label a row: --multi-label and --oos do not go with it");
        string[] labels = [.. input.Labels.Select(l => l[0])];
        int[] seen = [.. Enumerable.Range(0, input.Count).Where(i => i % 5 != 4)], unseen = [.. Enumerable.Range(0, input.Count).Where(i => i % 5 == 4)];
        bool measured = unseen.Length > 0 && seen.Select(i => labels[i]).Distinct(StringComparer.Ordinal).Take(2).Count() == 2;
        var (classifier, report) = await ProgressBar.RunAsync("fit", show => Task.Run(() =>
        {
            show(0, 1, "fasttext");
            using var part = measured ? FastTextClassifier.Train([.. seen.Select(i => input.Texts[i])], [.. seen.Select(i => labels[i])], null, cancel) : null;
            var trial = part is null ? null : ClassificationReport.Create(part.Labels, "", false, [.. unseen.Select(i => ClassifyModel.Predict(part, input.Texts[i]))], [.. unseen.Select(i => new[] { labels[i] })]);
            return Task.FromResult((FastTextClassifier.Train(input.Texts, labels, null, cancel), trial));
        }, cancel));
        using (classifier)
        {
            classifier.Save(path);
            Tell(output, path, input, classifier.Labels.Count, ["fasttext"], report, clock);
        }

        return 0;
    }

    private static void Tell(Output output, string path, ClassifyInput input, int labels, string[] views, ClassificationReport? unseen, Stopwatch clock)
    {
        string measured = unseen is null ? "too few rows to measure" : string.Create(CultureInfo.InvariantCulture, $"on {Output.Count(unseen.Measures[0].Rows, "unseen row")} accuracy {unseen["accuracy"]:F4}, macro-F1 {unseen["macro-f1"]:F4}{(unseen.Measures[0].Rows < FewRows ? " (so few rows tell little)" : "")}");
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(input.Count, "row")}, {Output.Count(labels, "label")}, by {string.Join(" + ", views)}; {measured}; {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteString("out", path);
            json.WriteNumber("rows", input.Count);
            json.WriteNumber("labels", labels);
            json.WriteStrings("views", views);
            Number("accuracy");
            Number("macroF1");
            json.WriteNumber("unusable", input.Unusable.Count);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));

            void Number(string name)
            {
                if (unseen is null) json.WriteNull(name);
                else json.WriteNumber(name, Math.Round(unseen[name == "macroF1" ? "macro-f1" : name], 6));
            }
        });
    }

    /// <summary>What each label says, where it says something: "card_arrival" is read as "card arrival".</summary>
    private static async Task<IReadOnlyDictionary<string, (string, ReadOnlyMemory<float>)>?> NamesAsync(EmbeddingModel encoder, ClassifyInput input, CancellationToken cancel)
    {
        string[] labels = [.. input.Labels.SelectMany(l => l).Distinct(StringComparer.Ordinal).Where(l => l.Any(char.IsLetter))];
        if (labels.Length == 0 || labels.Length > input.Count) return null;
        string[] texts = [.. labels.Select(l => l.Replace('_', ' ').Replace('-', ' ').Replace('.', ' '))];
        var vectors = await encoder.GenerateAsync(texts, cancellationToken: cancel);
        return labels.Select((label, i) => (label, i)).ToDictionary(l => l.label, l => (texts[l.i], vectors[l.i].Vector), StringComparer.Ordinal);
    }

    private static ClassifierMethod MethodOf(string name) => name switch
    {
        "logistic" => ClassifierMethod.Logistic,
        "knn" => ClassifierMethod.Knn,
        "centroid" => ClassifierMethod.Centroid,
        "words" => ClassifierMethod.Words,
        "boosting" => ClassifierMethod.Boosting,
        _ => ClassifierMethod.Auto,
    };
}
