using System.CommandLine;

namespace Kindred.Cli.Verbs;

internal static class DoesntMatchVerb
{
    private static readonly Argument<string[]> Words = new("WORD") { Description = "Three words or more.", Arity = new ArgumentArity(3, 1000) };

    public static Command Create()
    {
        var verb = new Command("doesnt-match", "Says which word does not belong with the others: all the words with their likeness to the mean of all, the odd one first. Example: kindred doesnt-match breakfast cereal dinner lunch")
        {
            Words, NeighborsVerb.Model, Output.Json,
        };
        verb.SetAction(args => NeighborsVerb.Print(WordModel.Open(args.GetValue(NeighborsVerb.Model)).DoesntMatch(args.GetRequiredValue(Words)), new Output(args)));
        return verb;
    }
}
