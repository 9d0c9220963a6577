using System.CommandLine;

namespace Kindred.Cli.Verbs;

internal static class AnalogyVerb
{
    private static readonly Argument<string[]> Terms = new("TERM") { Description = "Words with + and − between them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Model = new("--model") { Description = "Word vectors: glove or a file." };

    public static Command Create()
    {
        var verb = new Command("analogy", "Adds and subtracts words. Example: kindred analogy king - man + woman") { Terms, NeighborsVerb.K, Model, Output.Json };
        verb.SetAction(args =>
        {
            var (plus, minus) = Split(args.GetRequiredValue(Terms));
            return NeighborsVerb.Print(WordModel.Open(args.GetValue(Model)).Analogy(plus, minus, args.GetValue(NeighborsVerb.K)), new Output(args));
        });
        return verb;
    }

    private static (List<string> Plus, List<string> Minus) Split(string[] terms)
    {
        List<string> plus = [], minus = [];
        var side = plus;
        bool wantsWord = true;
        foreach (string term in terms)
        {
            if (term is "+" or "-" or "−")
            {
                side = term == "+" ? plus : minus;
                wantsWord = true;
            }
            else if (wantsWord)
            {
                side.Add(term);
                wantsWord = false;
            }
            else
            {
                throw new ArgumentException($"between words an analogy has + or -, found \"{term}\"; example: king - man + woman");
            }
        }

        if (wantsWord) throw new ArgumentException("an analogy ends with a word; example: king - man + woman");
        return (plus, minus);
    }
}
