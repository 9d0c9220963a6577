using System.CommandLine;
using System.Globalization;
using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Cli.Verbs;

/// <summary>What both verbs that train on words take.</summary>
internal static class TrainSettings
{
    public static Option<string> Corpus { get; } = new("--corpus") { Description = "The text: a file, packed by gzip or not, a folder (all files in it), or - for standard input. A line is a sentence.", Required = true };

    public static Option<bool> Tree { get; } = new("--hs") { Description = "A hierarchical softmax instead of negative samples." };

    public static Option<int?> Dimensions { get; } = Number("--dim", 1, 4096, "Length of a vector; 100 when left out.");

    public static Option<int?> Window { get; } = Number("--window", 1, 100, "Words to each side at most; 5 when left out.");

    public static Option<int?> Negative { get; } = Number("--negative", 1, 100, "Noise words for each pair; 5 when left out.");

    public static Option<int?> MinCount { get; } = Number("--min-count", 1, int.MaxValue, "How often a word must come; 5 when left out.");

    public static Option<int?> Epochs { get; } = Number("--epochs", 1, 10_000, "Passes over the text; 5 when left out.");

    public static Option<int?> Threads { get; } = Number("--threads", 1, 256, "Threads; all cores when left out. With 1 the same text and seed give the same bytes.");

    public static Option<int?> Seed { get; } = Number("--seed", 0, int.MaxValue, "Seed of all draws; 1 when left out.");

    public static Option<double?> Rate { get; } = new("--rate") { Description = "Learning rate at the beginning; 0.05 when left out." };

    public static Option<double?> Sample { get; } = new("--sample") { Description = "Share of the text above which a word is thinned out, 0 for never; 0.001 when left out." };

    public static Option<string> Tokens { get; } = new("--tokens") { Description = "spaces: tokens as they stand between white space; words: runs of letters and digits in lower case, for plain text.", DefaultValueFactory = _ => "spaces" };

    public static Corpus Text(ParseResult args)
    {
        string path = args.GetRequiredValue(Corpus);
        var tokens = args.GetRequiredValue(Tokens) == "words" ? Kindred.Words.Corpora.Tokens.Words : Kindred.Words.Corpora.Tokens.Spaces;
        if (path == "-") return new Corpus(Console.OpenStandardInput(), tokens);
        return Path.Exists(path) ? new Corpus(path, tokens) : throw new FileNotFoundException($"{path}: there is no such file or folder", path);
    }

    public static WordTrainingOptions Options(ParseResult args, WordTrainingMethod method)
    {
        var options = new WordTrainingOptions();
        return options with
        {
            Method = method,
            HierarchicalSoftmax = args.GetValue(Tree),
            Dimensions = args.GetValue(Dimensions) ?? options.Dimensions,
            Window = args.GetValue(Window) ?? options.Window,
            Negative = args.GetValue(Negative) ?? options.Negative,
            MinCount = args.GetValue(MinCount) ?? options.MinCount,
            Epochs = args.GetValue(Epochs) ?? options.Epochs,
            Threads = args.GetValue(Threads) ?? options.Threads,
            Seed = args.GetValue(Seed) ?? options.Seed,
            LearningRate = args.GetValue(Rate),
            Sample = args.GetValue(Sample) ?? options.Sample,
        };
    }

    /// <summary>Runs a training under a bar.</summary>
    /// <returns>The last report, and whether it was stopped.</returns>
    public static async Task<(WordTrainingProgress? Last, bool Stopped)> RunAsync(WordTrainer trainer, CancellationToken cancel)
    {
        if (trainer.TokensSkipped > 0) await Console.Error.WriteLineAsync($"kindred: {trainer.TokensSkipped} tokens of more than 1,024 bytes were left out");
        WordTrainingProgress? last = null;
        try
        {
            await ProgressBar.RunAsync("training", show => Task.Run(() =>
            {
                trainer.Run(now =>
                {
                    last = now;
                    show(now.Tokens, now.Of, string.Create(CultureInfo.InvariantCulture, $"{now.TokensPerSecond / 1000:F0}k tokens/s, loss {now.Loss:F3}"));
                }, cancel);
                return true;
            }, CancellationToken.None));
            return (last, false);
        }
        catch (OperationCanceledException)
        {
            return (last, true);
        }
    }

    private static Option<int?> Number(string name, int least, int most, string description) =>
        new(name) { Description = description, CustomParser = result => Usage.Number(result, least, most) };
}
