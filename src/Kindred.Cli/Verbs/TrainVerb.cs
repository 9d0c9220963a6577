using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Cli.Verbs;

internal static class TrainVerb
{
    private static readonly Option<string> Corpus = new("--corpus") { Description = "The text: a file, packed by gzip or not, a folder (all files in it), or - for standard input. A line is a sentence.", Required = true };
    private static readonly Option<string> Method = new("--method") { Description = "sgns (skip-gram), cbow, or fasttext (skip-gram with character n-grams: other words get vectors too).", DefaultValueFactory = _ => "sgns" };
    private static readonly Option<bool> Tree = new("--hs") { Description = "A hierarchical softmax instead of negative samples." };
    private static readonly Option<int?> Dimensions = Number("--dim", 1, 4096, "Length of a vector; 100 when left out.");
    private static readonly Option<int?> Window = Number("--window", 1, 100, "Words to each side at most; 5 when left out.");
    private static readonly Option<int?> Negative = Number("--negative", 1, 100, "Noise words for each pair; 5 when left out.");
    private static readonly Option<int?> MinCount = Number("--min-count", 1, int.MaxValue, "How often a word must come; 5 when left out.");
    private static readonly Option<int?> Epochs = Number("--epochs", 1, 10_000, "Passes over the text; 5 when left out.");
    private static readonly Option<int?> Threads = Number("--threads", 1, 256, "Threads; all cores when left out. With 1 the same text and seed give the same bytes.");
    private static readonly Option<int?> Seed = Number("--seed", 0, int.MaxValue, "Seed of all draws; 1 when left out.");
    private static readonly Option<double?> Rate = new("--rate") { Description = "Learning rate at the beginning; 0.05 when left out." };
    private static readonly Option<double?> Sample = new("--sample") { Description = "Share of the text above which a word is thinned out, 0 for never; 0.001 when left out." };
    private static readonly Option<string> Tokens = new("--tokens") { Description = "spaces: tokens as they stand between white space; words: runs of letters and digits in lower case, for plain text.", DefaultValueFactory = _ => "spaces" };
    private static readonly Option<string> Out = new("--out") { Description = "The vectors: .kwv (compact), .vec or .txt (word2vec's text), .bin (word2vec's, with fasttext fastText's), .safetensors.", Required = true };
    private static readonly Option<bool> KeepState = new("--keep-state") { Description = "Also write OUT.state, from which --update trains further." };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from OUT.state, which a stop by Ctrl+C left; same text, settings as they were." };
    private static readonly Option<bool> Update = new("--update") { Description = "Train the model of OUT.state on this text: its words learn on, and new ones are added." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("sgns", "cbow", "fasttext");
        Tokens.AcceptOnlyFromAmong("spaces", "words");
        var words = new Command("words", "Trains word vectors from text. Example: kindred train words --corpus notes --tokens words --min-count 2 --out notes.kwv")
        {
            Corpus, Method, Tree, Dimensions, Window, Negative, MinCount, Epochs, Threads, Seed, Rate, Sample, Tokens, Out, KeepState, Resume, Update, Output.Json,
        };
        words.Validators.Add(result =>
        {
            if (result.GetValue(Resume) && result.GetValue(Update)) result.AddError("--resume goes on with the same text and --update takes new text: give one of them");
        });
        words.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return new Command("train", "Trains models. Example: kindred train words --corpus corpus.txt --out words.kwv") { words };
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(Out), state = path + ".state", name = Path.GetFileNameWithoutExtension(path);
        bool subwords = args.GetRequiredValue(Method) == "fasttext";
        WordFile.Of(path, null, subwords);   // before the work
        Usage.CheckWritable(path);
        var corpus = Text(args.GetRequiredValue(Corpus), args.GetRequiredValue(Tokens) == "words" ? Kindred.Words.Corpora.Tokens.Words : Kindred.Words.Corpora.Tokens.Spaces);
        if ((args.GetValue(Resume) || args.GetValue(Update)) && !File.Exists(state)) throw new IOException($"{state}: there is no such file; a stop by Ctrl+C or --keep-state leaves it beside OUT");
        var options = Options(args, subwords);

        using var trainer = await ProgressBar.RunAsync("reading", show => Task.Run(() =>
        {
            void Read(long bytes) => show(bytes, corpus.Length ?? bytes, "");
            return args.GetValue(Resume) ? WordTrainer.Resume(name, corpus, state, options.Threads, Read, cancel)
                : args.GetValue(Update) ? WordTrainer.Update(name, corpus, state, options, Read, cancel)
                : WordTrainer.Create(name, corpus, options, Read, cancel);
        }, CancellationToken.None));
        if (trainer.TokensSkipped > 0) await Console.Error.WriteLineAsync($"kindred: {trainer.TokensSkipped} tokens of more than 1,024 bytes were left out");

        var clock = Stopwatch.StartNew();
        long begun = trainer.TokensDone;
        WordTrainingProgress? last = null;
        bool stopped = false;
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
        }
        catch (OperationCanceledException)
        {
            stopped = true;
        }

        double seconds = clock.Elapsed.TotalSeconds;
        using var vectors = trainer.ToWordVectors();
        WordFile.Write(vectors, path, WordFile.Of(path, null, vectors.HasSubwords));
        if (stopped || args.GetValue(KeepState)) trainer.Save(state);
        else File.Delete(state);   // of a stop that this run made good
        if (stopped)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"kindred: stopped at {(last is null ? 0 : 100.0 * last.Tokens / last.Of):F0} %; {path} holds the vectors so far, and --resume goes on"));
            return 1;
        }

        long tokens = (last?.Tokens ?? 0) - begun;
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {trainer.Vocabulary} words × {vectors.Dimensions} from {trainer.Tokens} tokens; {tokens} tokens trained in {seconds:F1} s"));
        output.Line(json =>
        {
            json.WriteNumber("vocabulary", trainer.Vocabulary);
            json.WriteNumber("tokens", tokens);
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            json.WriteNumber("tokensPerSecond", Math.Round(last?.TokensPerSecond ?? 0));
            if (last is not null && double.IsFinite(last.Loss)) json.WriteNumber("loss", Math.Round(last.Loss, 4));
        });
        return 0;
    }

    private static Corpus Text(string path, Tokens tokens)
    {
        if (path == "-") return new Corpus(Console.OpenStandardInput(), tokens);
        return Path.Exists(path) ? new Corpus(path, tokens) : throw new FileNotFoundException($"{path}: there is no such file or folder", path);
    }

    private static WordTrainingOptions Options(ParseResult args, bool subwords)
    {
        var options = new WordTrainingOptions();
        return options with
        {
            Method = args.GetRequiredValue(Method) == "cbow" ? WordTrainingMethod.Cbow : WordTrainingMethod.SkipGram,
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
            MaxLength = subwords ? 6 : 0,
        };
    }

    private static Option<int?> Number(string name, int least, int most, string description) =>
        new(name) { Description = description, CustomParser = result => Usage.Number(result, least, most) };
}
