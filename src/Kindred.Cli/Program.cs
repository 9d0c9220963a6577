using System.CommandLine;
using Kindred.Cli;
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
    ClusterVerb.Create(),
    DedupeVerb.Create(),
    MatchVerb.Create(),
    CheckVerb.Create(),
    SimilarityVerb.Create(),
    NeighborsVerb.Create(),
    AnalogyVerb.Create(),
    DoesntMatchVerb.Create(),
    EmbedVerb.Create(),
    ClassifyVerb.Create(),
    DetectVerb.Create(),
    EvalVerb.Create(),
    ModelVerb.Create(),
    TrainVerb.Create(),
    RecommendVerb.Create(),
    BenchVerb.Create(),
    AdviseVerb.Create(),
    PlanVerb.Create(),
};
ParseResult? parsed = null;
try
{
    // a text that begins with @ is a text, not a file of arguments
    parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (args.Length > 0 && Usage.Faults(parsed) is { Count: > 0 } faults)
    {
        await Console.Error.WriteLineAsync(Output.Plain($"kindred: {string.Join("; ", faults)}; see `{Usage.Path(parsed)} --help`"));
        return 2;
    }

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
    await Console.Error.WriteLineAsync(Output.Plain($"kindred: {e.Message}"));
    return 2;
}
catch (Exception e)
{
    // each error that a user can meet says in one line what, where and what to do; a fault of ours is named by its type instead
    bool known = e is IOException or ArgumentException or UnauthorizedAccessException or FormatException or StoreException or UnreadableDocumentException
        or UnknownWordException or WordTrainingException or ModelFormatException or HttpRequestException;
    await Console.Error.WriteLineAsync(Output.Plain($"kindred: {(known ? "" : $"unexpected {e.GetType().Name}: ")}{Usage.Message(e, parsed)}"));
    return 1;
}
