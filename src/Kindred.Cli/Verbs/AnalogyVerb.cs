using System.CommandLine;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

internal static class AnalogyVerb
{
    private static readonly Argument<string[]> Terms = new("TERM") { Description = "Words with + or - between them, a blank on each side.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> Mul = MulOption();

    public static Option<bool> MulOption() => new("--mul") { Description = "Combine the words by 3CosMul, a product of likenesses, instead of a sum of vectors." };

    public static Command Create()
    {
        var verb = new Command("analogy", "Adds and subtracts words. Example: kindred analogy king - man + woman") { Terms, NeighborsVerb.K, Mul, NeighborsVerb.Model, Output.Json };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(Terms) is { Length: > 0 } terms && Split(terms) is null) result.AddError("an analogy is words with + or - between them, a blank on each side; example: king - man + woman");
        });
        verb.SetAction(args =>
        {
            var (plus, minus) = Split(args.GetRequiredValue(Terms))!.Value;
            return NeighborsVerb.Print(WordModel.Open(args.GetValue(NeighborsVerb.Model)).Analogy(plus, minus, args.GetValue(NeighborsVerb.K), args.GetValue(Mul) ? AnalogyRule.Multiply : AnalogyRule.Add), new Output(args));
        });
        return verb;
    }

    /// <summary>Null where words and signs do not take turns, or a sign ends the line.</summary>
    private static (List<string> Plus, List<string> Minus)? Split(string[] terms)
    {
        // "king - man + woman" may come quoted as a whole
        if (terms.Length == 1) terms = terms[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
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
                return null;
            }
        }

        return wantsWord ? null : (plus, minus);
    }
}
