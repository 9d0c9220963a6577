using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace Kindred.Cli.Verbs;

/// <summary>model convert: word vectors from one form of file to another.</summary>
internal static class ModelConvert
{
    private static readonly Argument<string> From = new("FROM") { Description = "Word vectors: glove, or a file of any form that --model takes." };
    private static readonly Argument<string> To = new("TO") { Description = "The file to write." };
    private static readonly Option<string?> Format = new("--format")
    {
        Description = $"{string.Join(", ", WordFile.Names)}. When left out, TO's ending says it: .kwv, .vec or .txt (word2vec's text), .bin (fasttext where FROM has n-grams, else word2vec-binary), .safetensors.",
    };

    public static Command Create()
    {
        Format.AcceptOnlyFromAmong(WordFile.Names);
        var verb = new Command("convert", "Writes word vectors in another form. Example: kindred model convert crawl.vec crawl.kwv") { From, To, Format, Output.Json };
        verb.SetAction(args => Run(args.GetRequiredValue(From), args.GetRequiredValue(To), args.GetValue(Format), new Output(args)));
        return verb;
    }

    private static int Run(string from, string to, string? name, Output output)
    {
        var clock = Stopwatch.StartNew();
        WordFile.Of(to, name, subwords: false);   // before the work
        Usage.CheckWritable(to);
        var words = WordModel.Open(from);
        var format = WordFile.Of(to, name, words.HasSubwords);
        WordFile.Write(words, to, format);
        string written = WordFile.Name(format);
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
