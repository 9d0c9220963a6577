using System.CommandLine;
using System.Globalization;
using Kindred.Models;
using Kindred.Vectors.Files;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

internal static class EmbedVerb
{
    private static readonly Argument<string[]> Texts = new("TEXT") { Description = "The texts.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Model = new("--model") { Description = "A catalogue name or a model folder." };
    private static readonly Option<int?> Dims = new("--dims") { Description = "Keep the first DIMS components, at unit length." };
    private static readonly Option<string?> Out = new("--out") { Description = "Write a .npy matrix, a row a text." };

    public static Command Create()
    {
        var verb = new Command("embed", "Turns texts into vectors. Example: kindred embed \"a quiet room\" --json") { Texts, Model, Dims, Out, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string[] texts = args.GetRequiredValue(Texts);
        using var model = args.GetValue(Model) is { } name ? EmbeddingModel.Load(name) : EmbeddingModel.Default;
        var embeddings = await model.GenerateAsync(texts, new EmbeddingGenerationOptions { Dimensions = args.GetValue(Dims) }, cancel);
        Truncation.Report(embeddings);
        if (args.GetValue(Out) is { } path) NpyFile.Write(path, [.. embeddings.Select(e => e.Vector)], embeddings[0].Vector.Length);
        for (int i = 0; i < texts.Length; i++)
        {
            var vector = embeddings[i].Vector;
            output.Text($"{texts[i]}\t{string.Join(' ', vector.ToArray().Take(8).Select(v => v.ToString("F4", CultureInfo.InvariantCulture)))} … ({vector.Length})");
            output.Line(json =>
            {
                json.WriteString("text", texts[i]);
                json.WriteStartArray("vector");
                foreach (float v in vector.Span) json.WriteNumberValue(v);
                json.WriteEndArray();
            });
        }

        return 0;
    }
}
