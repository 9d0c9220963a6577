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

    public static Option<int?> Window { get; } = Number("--window", 1, 100, "Words to each side at most; 5 when left out, 15 with glove.");

    public static Option<int?> Negative { get; } = Number("--negative", 1, 100, "Noise words for each pair; 5 when left out.");

    public static Option<int?> MinCount { get; } = Number("--min-count", 1, int.MaxValue, "How often a word must come; 5 when left out.");

    public static Option<int?> Epochs { get; } = Number("--epochs", 1, 10_000, "Passes over the text; 5 when left out, 25 with glove.");

    public static Option<int?> Threads { get; } = Number("--threads", 1, 256, "Threads; all cores when left out. With 1 the same text and seed give the same bytes.");

    public static Option<int?> Seed { get; } = Number("--seed", 0, int.MaxValue, "Seed of all draws; 1 when left out.");

    public static Option<double?> Rate { get; } = new("--rate") { Description = "Learning rate at the beginning; 0.05 when left out, 0.1 with cbow." };

    public static Option<double?> Sample { get; } = new("--sample") { Description = "Share of the text above which a word is thinned out, 0 for never; 0.001 when left out." };

    public static Option<string> Tokens { get; } = new("--tokens") { Description = "spaces: tokens as they stand between white space; words: runs of letters and digits in lower case, for plain text.", DefaultValueFactory = _ => "spaces" };

    public static Option<int> Phrases { get; } = new("--phrases")
    {
        Description = "Join words that keep company, as new_york, before training: 1 for pairs, 2 for up to four words; 0 for none.",
        DefaultValueFactory = _ => 0,
        CustomParser = result => Usage.Number(result, 0, 8),
    };

    /// <summary>How to train, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Tree, Dimensions, Window, Negative, MinCount, Epochs, Threads, Seed, Rate, Sample, Tokens, Phrases];

    public static Corpus Text(ParseResult args)
    {
        string path = args.GetRequiredValue(Corpus);
        var tokens = args.GetRequiredValue(Tokens) == "words" ? Kindred.Words.Corpora.Tokens.Words : Kindred.Words.Corpora.Tokens.Spaces;
        if (path == "-")
        {
            return args.GetValue(Phrases) == 0
                ? new Corpus(Console.OpenStandardInput(), tokens)
                : throw new ArgumentException("--phrases reads the text more than once, which standard input cannot give: name a file");
        }

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

    /// <summary>The text with its phrases joined, where that is asked for.</summary>
    public static async Task<Corpus> WithPhrasesAsync(ParseResult args, Corpus corpus, CancellationToken cancel)
    {
        int passes = args.GetValue(Phrases);
        if (passes == 0) return corpus;
        var options = new PhraseOptions { Passes = passes, MinCount = args.GetValue(MinCount) ?? 5 };
        var phrases = await ProgressBar.RunAsync("phrases", show => Task.Run(() => Kindred.Words.Corpora.Phrases.Learn(corpus, options, bytes => show(bytes, (corpus.Length ?? bytes) * passes, ""), cancel), CancellationToken.None));
        return corpus with { Phrases = phrases };
    }

    /// <summary>Runs a training under a bar.</summary>
    /// <param name="skipped">Tokens that were too long.</param>
    /// <param name="run">The training.</param>
    /// <returns>The last report, and whether it was stopped.</returns>
    public static async Task<(WordTrainingProgress? Last, bool Stopped)> RunAsync(long skipped, Action<Action<WordTrainingProgress>> run)
    {
        if (skipped > 0) await Console.Error.WriteLineAsync($"kindred: {Output.Count(skipped, "token")} of more than 1,024 bytes {(skipped == 1 ? "was" : "were")} left out");
        WordTrainingProgress? last = null;
        try
        {
            await ProgressBar.RunAsync("training", show => Task.Run(() =>
            {
                run(now =>
                {
                    last = now;
                    show(now.Tokens, now.Of, string.Create(CultureInfo.InvariantCulture, $"{now.TokensPerSecond / 1000:F0}k tokens/s, loss {now.Loss:F3}"));
                });
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
