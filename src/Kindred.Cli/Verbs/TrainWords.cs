using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Words.Training;

namespace Kindred.Cli.Verbs;

internal static class TrainWords
{
    private static readonly Option<string> Method = new("--method") { Description = "sgns (skip-gram), cbow, or fasttext (skip-gram with character n-grams: other words get vectors too).", DefaultValueFactory = _ => "sgns" };
    private static readonly Option<string> Out = new("--out") { Description = "The vectors: .kwv (compact), .vec or .txt (word2vec's text), .bin (word2vec's, with fasttext fastText's), .safetensors.", Required = true };
    private static readonly Option<bool> KeepState = new("--keep-state") { Description = "Also write OUT.state, from which --update trains further." };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from OUT.state, which a stop by Ctrl+C left; same text, settings as they were." };
    private static readonly Option<bool> Update = new("--update") { Description = "Train the model of OUT.state on this text: its words learn on, and new ones are added." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("sgns", "cbow", "fasttext");
        var words = new Command("words", "Trains word vectors from text. Example: kindred train words --corpus notes --tokens words --min-count 2 --out notes.kwv")
        {
            TrainSettings.Corpus, Method, TrainSettings.Tree, TrainSettings.Dimensions, TrainSettings.Window, TrainSettings.Negative, TrainSettings.MinCount, TrainSettings.Epochs,
            TrainSettings.Threads, TrainSettings.Seed, TrainSettings.Rate, TrainSettings.Sample, TrainSettings.Tokens, Out, KeepState, Resume, Update, Output.Json,
        };
        words.Validators.Add(result =>
        {
            if (result.GetValue(Resume) && result.GetValue(Update)) result.AddError("--resume goes on with the same text and --update takes new text: give one of them");
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
        var corpus = TrainSettings.Text(args);
        if ((args.GetValue(Resume) || args.GetValue(Update)) && !File.Exists(state)) throw new IOException($"{state}: there is no such file; a stop by Ctrl+C or --keep-state leaves it beside OUT");
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
        var (last, stopped) = await TrainSettings.RunAsync(trainer, cancel);
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
}
