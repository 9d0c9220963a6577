using System.CommandLine;
using Kindred.Cli.Verbs;
using Kindred.Models;
using Kindred.Words;

var root = new RootCommand("Kindred: meaning as vectors. Words and sentences become vectors whose distance means something.")
{
    SimilarityVerb.Create(),
    NeighborsVerb.Create(),
    AnalogyVerb.Create(),
    EmbedVerb.Create(),
    EvalVerb.Create(),
    ModelVerb.Create(),
};
var parsed = root.Parse(args);
try
{
    int code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

    // the library ends wrong usage with 1; the contract says 2
    return parsed.Errors.Count > 0 ? 2 : code;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("kindred: stopped");
    return 1;
}
catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException or UnknownWordException or ModelFormatException or FormatException)
{
    await Console.Error.WriteLineAsync($"kindred: {e.Message.ReplaceLineEndings(" ")}");
    return 1;
}
