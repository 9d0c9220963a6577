using System.CommandLine;
using System.Diagnostics;
using Kindred.Models.Distillation;

namespace Kindred.Cli.Verbs;

/// <summary>model distill: a static encoder out of one with a network.</summary>
internal static class ModelDistill
{
    private static readonly Option<string?> From = new("--from") { Description = "The teacher: a name from `kindred model list` or a model folder; all-minilm-l6-v2 when left out." };
    private static readonly Option<string?> Vocab = new("--vocab") { Description = "Words, one a line, the commonest first, that get vectors of their own beside the teacher's pieces." };
    private static readonly Option<string?> Corpus = new("--corpus") { Description = "Sentences to fit the vectors to: .txt (one a line), .tsv, .csv or .jsonl, gz of each." };
    private static readonly Option<int> Dims = new("--dims") { Description = "The length of a vector.", DefaultValueFactory = _ => new DistillationOptions().Dimensions };
    private static readonly Option<string> Out = new("--out") { Description = "The folder to write.", Required = true };

    public static Command Create()
    {
        var verb = new Command("distill", "Makes a static encoder, hundreds of times faster than its teacher. Example: kindred model distill --vocab words.txt --out fast") { From, Vocab, Corpus, TableFile.TextColumn, Dims, Out, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        int dims = args.GetValue(Dims);
        if (dims < 1) throw new ArgumentException($"--dims {dims}: at least 1 is wanted");
        string folder = args.GetRequiredValue(Out);
        var options = new DistillationOptions
        {
            Dimensions = dims,
            Words = args.GetValue(Vocab) is { } words ? [.. File.ReadLines(words).Where(line => line.Length > 0)] : [],
            Texts = args.GetValue(Corpus) is { } corpus ? TableFile.Read(corpus, args.GetValue(TableFile.TextColumn), Encoder.AnyOfTexts, null, cancel).Texts : [],
        };
        using var teacher = Encoder.Open(args.GetValue(From));
        var result = await ProgressBar.RunAsync("distill", show => ModelDistiller.RunAsync(teacher, folder, options, (done, total) => show(done, total, ""), cancel));
        output.Text($"{folder}: {result.Tokens} tokens × {result.Dimensions} dimensions, {Output.Count(result.Skipped, "word")} left out, {watch.Elapsed.TotalSeconds:F1} s");
        output.Line(json =>
        {
            json.WriteString("out", folder);
            json.WriteNumber("tokens", result.Tokens);
            json.WriteNumber("dimensions", result.Dimensions);
            json.WriteNumber("skipped", result.Skipped);
            json.WriteNumber("seconds", watch.Elapsed.TotalSeconds);
        });
        return 0;
    }
}
