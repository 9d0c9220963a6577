using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>model convert: word vectors from one form of file to another.</summary>
internal static class ModelConvert
{
    private static readonly (string Name, WordVectorFormat Format)[] Formats =
    [
        ("kwv", WordVectorFormat.Kwv), ("word2vec", WordVectorFormat.Word2VecText), ("word2vec-binary", WordVectorFormat.Word2VecBinary),
        ("glove", WordVectorFormat.GloVe), ("fasttext", WordVectorFormat.FastText), ("safetensors", WordVectorFormat.Safetensors),
    ];

    private static readonly Argument<string> From = new("FROM") { Description = "Word vectors: glove, or a file of any form that --model takes." };
    private static readonly Argument<string> To = new("TO") { Description = "The file to write." };
    private static readonly Option<string?> Format = new("--format")
    {
        Description = $"{string.Join(", ", Formats.Select(f => f.Name))}. When left out, TO's ending says it: .kwv, .vec or .txt (word2vec's text), .bin (fasttext where FROM has n-grams, else word2vec-binary), .safetensors.",
    };

    public static Command Create()
    {
        Format.AcceptOnlyFromAmong([.. Formats.Select(f => f.Name)]);
        var verb = new Command("convert", "Writes word vectors in another form. Example: kindred model convert crawl.vec crawl.kwv") { From, To, Format, Output.Json };
        verb.SetAction(args => Run(args.GetRequiredValue(From), args.GetRequiredValue(To), args.GetValue(Format), new Output(args)));
        return verb;
    }

    private static int Run(string from, string to, string? name, Output output)
    {
        var clock = Stopwatch.StartNew();
        string ending = Path.GetExtension(to).ToUpperInvariant();
        if (name is null && ending is not (".KWV" or ".VEC" or ".TXT" or ".BIN" or ".SAFETENSORS"))
            throw new ArgumentException($"{to}: its ending does not say the form; name one with --format: {string.Join(", ", Formats.Select(f => f.Name))}");
        Usage.CheckWritable(to);
        var words = WordModel.Open(from);
        var format = name is not null ? Formats.Single(f => f.Name == name).Format : ending switch
        {
            ".KWV" => WordVectorFormat.Kwv,
            ".BIN" => words.HasSubwords ? WordVectorFormat.FastText : WordVectorFormat.Word2VecBinary,
            ".SAFETENSORS" => WordVectorFormat.Safetensors,
            _ => WordVectorFormat.Word2VecText,
        };
        words.Export(to, format);
        if (words.HasSubwords && format != WordVectorFormat.FastText) Console.Error.WriteLine($"kindred: {to} has the listed words alone; the n-grams that give vectors to others fit only --format fasttext");
        string written = Formats.Single(f => f.Format == format).Name;
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{to}: {words.Count} words × {words.Dimensions}, {written}, {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteString("out", to);
            json.WriteString("format", written);
            json.WriteNumber("words", words.Count);
            json.WriteNumber("dimensions", words.Dimensions);
            json.WriteNumber("seconds", clock.Elapsed.TotalSeconds);
        });
        return 0;
    }
}
