using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Cli.Verbs;

internal static class TrainWords
{
    private static readonly Option<string> Method = new("--method") { Description = "sgns (skip-gram), cbow, glove (counts of words together), or fasttext (skip-gram with character n-grams: other words get vectors too).", DefaultValueFactory = _ => "sgns" };
    private static readonly Option<string> Out = new("--out") { Description = "The vectors: .kwv (compact), .vec or .txt (word2vec's text), .bin (word2vec's, with fasttext fastText's), .safetensors.", Required = true };
    private static readonly Option<bool> KeepState = new("--keep-state") { Description = "Also write OUT.state, from which --update trains further." };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from OUT.state, which a stop by Ctrl+C left; same text, settings as they were." };
    private static readonly Option<bool> Update = new("--update") { Description = "Train the model of OUT.state on this text: its words learn on, and new ones are added." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("sgns", "cbow", "glove", "fasttext");
        var words = new Command("words", "Trains word vectors from text. Example: kindred train words --corpus notes --tokens words --min-count 2 --out notes.kwv")
        {
            TrainSettings.Corpus, Method,
        };
        foreach (var option in (IEnumerable<Option>)[.. TrainSettings.All, Out, KeepState, Resume, Update, Output.Json]) words.Add(option);
        words.Validators.Add(result =>
        {
            if (result.GetValue(Resume) && result.GetValue(Update)) result.AddError("--resume goes on with the same text and --update takes new text: give one of them");
            if (result.GetValue(Method) == "glove" && new Option[] { TrainSettings.Tree, TrainSettings.Negative, TrainSettings.Sample, KeepState, Update }.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } odd)
                result.AddError($"{odd.Name} does not go with --method glove");
        });
        words.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return words;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(Out), state = path + ".state", name = Path.GetFileNameWithoutExtension(path);
        bool subwords = args.GetRequiredValue(Method) == "fasttext";
        WordFile.Of(path, null, subwords);   // before the work
        Usage.CheckWritable(path);
        var corpus = await TrainSettings.WithPhrasesAsync(args, TrainSettings.Text(args), cancel);
        if ((args.GetValue(Resume) || args.GetValue(Update)) && !File.Exists(state)) throw new IOException($"{state}: there is no such file; a stop by Ctrl+C or --keep-state leaves it beside OUT");
        if (args.GetRequiredValue(Method) == "glove") return await GloveAsync(args, corpus, path, state, name, output, cancel);
        var options = TrainSettings.Options(args, args.GetRequiredValue(Method) == "cbow" ? WordTrainingMethod.Cbow : WordTrainingMethod.SkipGram) with { MaxLength = subwords ? 6 : 0 };

        using var trainer = await ProgressBar.RunAsync("reading", show => Task.Run(() =>
        {
            void Read(long bytes) => show(bytes, corpus.Length ?? bytes, "");
            return args.GetValue(Resume) ? WordTrainer.Resume(name, corpus, state, options.Threads, Read, cancel)
                : args.GetValue(Update) ? WordTrainer.Update(name, corpus, state, options, Read, cancel)
                : WordTrainer.Create(name, corpus, options, Read, cancel);
        }, CancellationToken.None));
        var clock = Stopwatch.StartNew();
        long begun = trainer.TokensDone;
        var (last, stopped) = await TrainSettings.RunAsync(trainer.TokensSkipped, told => trainer.Run(told, cancel));
        double seconds = clock.Elapsed.TotalSeconds;
        using var vectors = trainer.ToWordVectors();
        WordFile.Write(vectors, path, WordFile.Of(path, null, vectors.HasSubwords));
        if (stopped || args.GetValue(KeepState)) trainer.Save(state);
        else File.Delete(state);   // of a stop that this run made good
        if (stopped) return await StoppedAsync(path, last);
        long tokens = (last?.Tokens ?? 0) - begun;
        Tell(output, path, trainer.Vocabulary, vectors.Dimensions, trainer.Tokens, tokens, seconds, last);
        return 0;
    }

    private static async Task<int> StoppedAsync(string path, WordTrainingProgress? last)
    {
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"kindred: stopped at {(last is null ? 0 : 100.0 * last.Tokens / last.Of):F0} %; {path} holds the vectors so far, and --resume goes on"));
        return 1;
    }

    private static async Task<int> GloveAsync(ParseResult args, Corpus corpus, string path, string state, string name, Output output, CancellationToken cancel)
    {
        var options = new GloveOptions();
        options = options with
        {
            Dimensions = args.GetValue(TrainSettings.Dimensions) ?? options.Dimensions,
            Window = args.GetValue(TrainSettings.Window) ?? options.Window,
            MinCount = args.GetValue(TrainSettings.MinCount) ?? options.MinCount,
            Epochs = args.GetValue(TrainSettings.Epochs) ?? options.Epochs,
            Threads = args.GetValue(TrainSettings.Threads) ?? options.Threads,
            Seed = args.GetValue(TrainSettings.Seed) ?? options.Seed,
            LearningRate = args.GetValue(TrainSettings.Rate),
        };
        using var trainer = await ProgressBar.RunAsync("counting", show => Task.Run(() =>
        {
            void Read(long bytes) => show(bytes, 2 * (corpus.Length ?? bytes), "");
            void Counted(double share) => show(1 + share, 2, "");
            return args.GetValue(Resume) ? GloveTrainer.Resume(name, corpus, state, options.Threads, Read, Counted, cancel) : GloveTrainer.Create(name, corpus, options, Read, Counted, cancel);
        }, CancellationToken.None));
        var clock = Stopwatch.StartNew();
        var (last, stopped) = await TrainSettings.RunAsync(trainer.TokensSkipped, told => trainer.Run(told, cancel));
        double seconds = clock.Elapsed.TotalSeconds;
        using var vectors = trainer.ToWordVectors();
        WordFile.Write(vectors, path, WordFile.Of(path, null, subwords: false));
        if (stopped)
        {
            trainer.Save(state);
            return await StoppedAsync(path, last);
        }

        File.Delete(state);   // of a stop that this run made good

        Tell(output, path, trainer.Vocabulary, vectors.Dimensions, trainer.Tokens, last?.Tokens ?? 0, seconds, last);
        return 0;
    }

    private static void Tell(Output output, string path, int vocabulary, int dimensions, long corpus, long tokens, double seconds, WordTrainingProgress? last)
    {
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {vocabulary} words × {dimensions} from {corpus} tokens; {tokens} tokens trained in {seconds:F1} s"));
        output.Line(json =>
        {
            json.WriteNumber("vocabulary", vocabulary);
            json.WriteNumber("tokens", tokens);
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            json.WriteNumber("tokensPerSecond", Math.Round(last?.TokensPerSecond ?? 0));
            if (last is not null && double.IsFinite(last.Loss)) json.WriteNumber("loss", Math.Round(last.Loss, 4));
        });
    }
}
