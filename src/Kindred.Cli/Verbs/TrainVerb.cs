using System.CommandLine;

namespace Kindred.Cli.Verbs;

internal static class TrainVerb
{
    public static Command Create()
    {
        TrainSettings.Tokens.AcceptOnlyFromAmong("spaces", "words");
        return new Command("train", "Trains models. Example: kindred train words --corpus corpus.txt --out words.kwv") { TrainWords.Create(), TrainDocuments.Create() };
    }
}
