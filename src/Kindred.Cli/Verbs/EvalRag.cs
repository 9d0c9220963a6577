using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kindred.Store.Answers;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>eval rag: answers against the passages they were made from.</summary>
internal static class EvalRag
{
    private static readonly Option<string> In = new("--in") { Description = "A table with the columns answer and contexts (a JSON list of passages, or one passage), and reference where a right answer is known.", Required = true };

    public static Command Create()
    {
        var verb = new Command("rag", "Measures answers without a chat model: faithfulness to their passages, and whether the passages hold the reference. Example: kindred eval rag --in answers.jsonl")
        {
            In, Encoder.TextModel, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        using var table = TableReader.Open(args.GetRequiredValue(In));
        int answer = table.Column("answer"), contexts = table.Column("contexts");
        int? reference = table.HasColumn("reference") ? table.Column("reference") : null;
        using var model = Encoder.OpenTexts(args.GetValue(Encoder.TextModel));
        var evaluator = new RagEvaluator(model);
        List<double> faithfulness = [], recall = [];
        List<long> blank = [], unanswered = [];
        foreach (var row in table.Rows(cancel))
        {
            string? right = reference is { } at && !string.IsNullOrWhiteSpace(row.Values[at]) ? row.Values[at] : null;
            if (string.IsNullOrWhiteSpace(row.Values[answer]) && right is null)
            {
                blank.Add(row.Line);
                continue;
            }
            var score = await evaluator.ScoreAsync(row.Values[answer], Passages(table.Name, row.Line, row.Values[contexts]), right, cancel);
            if (double.IsNaN(score.Faithfulness)) unanswered.Add(row.Line);
            else faithfulness.Add(score.Faithfulness);
            if (!double.IsNaN(score.ContextRecall)) recall.Add(score.ContextRecall);
            foreach (string claim in score.Unsupported) await Console.Error.WriteLineAsync(Output.Plain($"kindred: {table.Name}, line {row.Line}: no passage supports \"{SearchVerb.Shorten(claim, 120)}\""));
        }

        Tell(blank, blank.Count == 1 ? "has neither an answer nor a reference and was left out" : "have neither an answer nor a reference and were left out");
        Tell(unanswered, unanswered.Count == 1 ? "has no answer and counts in context_recall alone" : "have no answer and count in context_recall alone");
        if (faithfulness.Count + recall.Count == 0) throw new FormatException($"{table.Name}: no row has an answer or a reference");
        Write("faithfulness", faithfulness);
        Write("context_recall", recall);
        return 0;

        void Tell(List<long> lines, string what)
        {
            if (lines.Count > 0) Console.Error.WriteLine(Output.Plain($"kindred: {Output.Count(lines.Count, "row")} of {table.Name} {what}: line {string.Join(", ", lines.Take(5))}{(lines.Count > 5 ? ", …" : "")}"));
        }

        void Write(string metric, List<double> values)
        {
            if (values.Count == 0) return;
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{metric,-15}{values.Average():F4}  ({Output.Count(values.Count, "row")})"));
            output.Line(json =>
            {
                json.WriteString("metric", metric);
                json.WriteNumber("value", values.Average());
                json.WriteNumber("n", values.Count);
            });
        }
    }

    private static List<string> Passages(string file, long line, string cell)
    {
        if (!cell.AsSpan().TrimStart().StartsWith("[", StringComparison.Ordinal)) return [cell];
        try
        {
            using var json = JsonDocument.Parse(cell);
            return [.. json.RootElement.EnumerateArray().Select(p => p.ValueKind == JsonValueKind.String ? p.GetString()! : throw new FormatException($"{file}, line {line}: contexts holds something that is no text"))];
        }
        catch (JsonException)
        {
            return [cell];   // a passage that begins with a bracket
        }
    }
}
