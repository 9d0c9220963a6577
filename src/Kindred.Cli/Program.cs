using System.CommandLine;
using Kindred.Cli.Verbs;
using Kindred.Models;
using Kindred.Store;
using Kindred.Store.Filters;
using Kindred.Words;

var root = new RootCommand("Kindred: meaning as vectors. Words, sentences and documents become vectors whose distance means something.")
{
    DemoVerb.Create(),
    IndexVerb.Create(),
    SearchVerb.Create(),
    AskVerb.Create(),
    MapVerb.Create(),
    CheckVerb.Create(),
    SimilarityVerb.Create(),
    NeighborsVerb.Create(),
    AnalogyVerb.Create(),
    EmbedVerb.Create(),
    EvalVerb.Create(),
    ModelVerb.Create(),
    BenchVerb.Create(),
    PlanVerb.Create(),
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
catch (FilterSyntaxException e)
{
    await Console.Error.WriteLineAsync($"kindred: {e.Message}");
    return 2;
}
catch (Exception e)
{
    // each error that a user can meet says in one line what, where and what to do; a fault of ours is named by its type instead
    bool known = e is IOException or ArgumentException or UnauthorizedAccessException or FormatException or StoreException or UnreadableDocumentException
        or UnknownWordException or ModelFormatException or HttpRequestException;
    await Console.Error.WriteLineAsync($"kindred: {(known ? "" : $"unexpected {e.GetType().Name}: ")}{e.Message.ReplaceLineEndings(" ")}");
    return 1;
}
