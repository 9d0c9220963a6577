using System.CommandLine;
using System.Globalization;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

internal static class NeighborsVerb
{
    private static readonly Argument<string> Word = new("WORD") { Description = "The word to start from." };

    public static Option<string?> Model { get; } = new("--model") { Description = "Word vectors: glove, or a file of word2vec (text, binary), GloVe, fastText (.vec, .bin, .ftz) or of this program (.kwv), or .safetensors with vocab.txt beside it; glove when left out." };

    public static Option<int> K { get; } = new("-k") { Description = "How many words.", DefaultValueFactory = _ => 10, CustomParser = result => Usage.Number(result, 1, 1_000_000) };

    public static Command Create()
    {
        var verb = new Command("neighbors", "Lists the words nearest to WORD, nearest first. Example: kindred neighbors ocean -k 5") { Word, K, Model, Output.Json };
        verb.SetAction(args => Print(WordModel.Open(args.GetValue(Model)).Neighbors(args.GetRequiredValue(Word), args.GetValue(K)), new Output(args)));
        return verb;
    }

    public static int Print(IReadOnlyList<WordNeighbor> words, Output output)
    {
        foreach (var word in words)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{word.Score,7:F4}  {word.Word}"));
            output.Line(json =>
            {
                json.WriteString("word", word.Word);
                json.WriteNumber("score", word.Score);
            });
        }

        return 0;
    }
}
