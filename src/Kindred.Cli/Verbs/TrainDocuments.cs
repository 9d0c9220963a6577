using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Vectors.Files;
using Kindred.Words.Training;

namespace Kindred.Cli.Verbs;

internal static class TrainDocuments
{
    private static readonly Option<string> Method = new("--method") { Description = "dbow (PV-DBOW: a document tells its words) or dm (PV-DM: a document and its words tell the next).", DefaultValueFactory = _ => "dbow" };
    private static readonly Option<string> Out = new("--out") { Description = "The documents' vectors, a row a line of the text: .npy.", Required = true };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("dbow", "dm");
        var verb = new Command("documents", "Trains a vector for each line of a text. Example: kindred train documents --corpus reviews.txt --tokens words --epochs 20 --out reviews.npy")
        {
            TrainSettings.Corpus, Method,
        };
        foreach (var option in (IEnumerable<Option>)[.. TrainSettings.All, Out, Output.Json]) verb.Add(option);
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(Out);
        if (!path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) throw new ArgumentException($"{path}: the name must end in .npy");
        Usage.CheckWritable(path);
        var corpus = await TrainSettings.WithPhrasesAsync(args, TrainSettings.Text(args), cancel);
        var options = TrainSettings.Options(args, args.GetRequiredValue(Method) == "dm" ? WordTrainingMethod.DocumentMemory : WordTrainingMethod.Document);
        using var trainer = await ProgressBar.RunAsync("reading", show => Task.Run(() => WordTrainer.Create(Path.GetFileNameWithoutExtension(path), corpus, options, bytes => show(bytes, corpus.Length ?? bytes, ""), cancel), CancellationToken.None));
        var clock = Stopwatch.StartNew();
        var (last, _) = await TrainSettings.RunAsync(trainer.TokensSkipped, told => trainer.Run(told, cancel));
        double seconds = clock.Elapsed.TotalSeconds;
        cancel.ThrowIfCancellationRequested();
        NpyFile.Write(path, [.. Enumerable.Range(0, trainer.Documents).Select(Vector)], options.Dimensions);
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(trainer.Documents, "document")} × {options.Dimensions}, {Output.Count(trainer.Vocabulary, "word")}; {trainer.TokensDone} tokens trained in {seconds:F1} s"));
        output.Line(json =>
        {
            json.WriteNumber("documents", trainer.Documents);
            json.WriteNumber("vocabulary", trainer.Vocabulary);
            json.WriteNumber("tokens", trainer.TokensDone);
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            json.WriteNumber("tokensPerSecond", Math.Round(last?.TokensPerSecond ?? 0));
        });
        return 0;

        ReadOnlyMemory<float> Vector(int document)
        {
            float[] vector = new float[options.Dimensions];
            trainer.CopyDocument(document, vector);
            return vector;
        }
    }
}
