using System.CommandLine;
using System.Globalization;
using Kindred.Vectors.Files;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

internal static class EmbedVerb
{
    private static readonly Argument<string[]> Texts = new("TEXT") { Description = "The texts, each in quotes; or --in for a file of them.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> Dims = new("--dims") { Description = "Keep only the first DIMS components of each vector, scaled to unit length.", CustomParser = result => Usage.Number(result, 1, 65536) };
    private static readonly Option<string?> Out = new("--out") { Description = "Write a .npy matrix of float32, a row a text, instead of printing the vectors." };

    public static Command Create()
    {
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: the name must end in .npy");
        });
        var verb = new Command("embed", "Turns texts into vectors. Example: kindred embed \"a quiet room\" --json; kindred embed --in reviews.csv --text body --out reviews.npy")
        {
            Texts, TableFile.In, TableFile.TextColumn, Encoder.TextModel, Dims, Out, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Texts)?.Tokens.Count > 0 == result.GetResult(TableFile.In) is not null) result.AddError("either texts or --in FILE is wanted");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        if (args.GetValue(Out) is { } file) Usage.CheckWritable(file);
        string? name = args.GetValue(Encoder.TextModel);
        var (texts, _, media) = args.GetValue(TableFile.In) is { } table
            ? TableFile.Read(table, args.GetValue(TableFile.TextColumn), name, null, cancel)
            : (args.GetRequiredValue(Texts), [], MediaEncoder.Names(name) ? MediaEncoder.Open("-", name!) : null);
        using var model = media ?? Encoder.OpenTexts(name);
        if (args.GetValue(Dims) is { } dims && model.GetService(typeof(EmbeddingGeneratorMetadata)) is EmbeddingGeneratorMetadata { DefaultModelDimensions: { } all } known && (media is null ? dims > all : dims != all))
            throw new ArgumentException($"--dims {dims}: {known.DefaultModelId} gives {all} dimensions{(media is null ? $", of which the first 1 to {all} can be kept" : ", and a part of them is no vector of its own: leave --dims out")}");
        var vectors = await TableFile.EmbedAsync(model, texts, args.GetValue(Dims), cancel);
        if (args.GetValue(Out) is { } path)
        {
            NpyFile.Write(path, vectors, vectors[0].Length);
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {vectors.Count} × {vectors[0].Length}"));
        }

        for (int i = 0; i < texts.Length; i++)
        {
            var vector = vectors[i];
            if (args.GetValue(Out) is null)
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
