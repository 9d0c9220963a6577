using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Evaluation;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class EvalVerb
{
    private static readonly Argument<string[]> Files = new("FILE") { Description = "Tab-separated files with the columns score, sentence1, sentence2; several count as one set.", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var sts = new Command("sts", "Measures an encoder against human scores of likeness. Example: kindred eval sts dev.tsv") { Files, Encoder.TextModel, Output.Json };
        sts.SetAction((args, cancel) => StsAsync(args.GetRequiredValue(Files), args.GetValue(Encoder.TextModel), new Output(args), cancel));
        return new Command("eval", "Measures how good a model is. Example: kindred eval sts dev.tsv") { sts, EvalWords.Create(), EvalRetrieval.Create(), EvalRag.Create() };
    }

    private static async Task<int> StsAsync(string[] files, string? name, Output output, CancellationToken cancel)
    {
        List<double> scores = [];
        List<string> texts = [];
        foreach (string file in files) Read(file, scores, texts);
        if (scores.Distinct().Count() < 2) throw new FormatException($"{string.Join(", ", files)}: all scores are equal, so no correlation can be measured");
        using var model = Encoder.OpenTexts(name);
        var vectors = await TableFile.EmbedAsync(model, texts, null, cancel);
        double[] cosines = [.. scores.Select((_, i) => (double)Metric.Cosine(vectors[2 * i].Span, vectors[(2 * i) + 1].Span))];
        if (cosines.Distinct().Count() < 2) throw new FormatException($"{string.Join(", ", files)}: the model finds all pairs equally alike, so no correlation can be measured");
        Write("spearman", Correlation.Spearman(cosines, scores.ToArray()));
        Write("pearson", Correlation.Pearson(cosines, scores.ToArray()));
        return 0;

        void Write(string metric, double value)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{metric,-9}{value:F4}  ({Output.Count(scores.Count, "pair")})"));
            output.Line(json =>
            {
                json.WriteString("metric", metric);
                json.WriteNumber("value", value);
                json.WriteNumber("n", scores.Count);
            });
        }
    }

    private static void Read(string file, List<double> scores, List<string> texts)
    {
        if (Directory.Exists(file)) throw new IOException($"{file}: a folder, where a file is wanted");
        using var reader = new StreamReader(file);
        string[] header = (reader.ReadLine() ?? "").Split('\t');
        int[] columns = [.. new[] { "score", "sentence1", "sentence2" }.Select(c =>
            Array.IndexOf(header, c) is var at and >= 0 ? at : throw new FormatException($"{file}, line 1: no column \"{c}\"; score, sentence1 and sentence2 are wanted, with tabs between them"))];
        for (int line = 2; reader.ReadLine() is { } row; line++)
        {
            if (row.Length == 0) continue;
            string[] fields = row.Split('\t');
            if (fields.Length != header.Length) throw new FormatException($"{file}, line {line}: {fields.Length} fields, the header has {header.Length}");
            if (!double.TryParse(fields[columns[0]], NumberStyles.Float, CultureInfo.InvariantCulture, out double score) || !double.IsFinite(score))
                throw new FormatException($"{file}, line {line}: score \"{fields[columns[0]]}\" is no number");
            scores.Add(score);
            texts.Add(fields[columns[1]]);
            texts.Add(fields[columns[2]]);
        }

        if (scores.Count < 2) throw new FormatException($"{file}: fewer than two pairs");
    }
}
