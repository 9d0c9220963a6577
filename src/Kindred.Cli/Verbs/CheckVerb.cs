using System.CommandLine;
using System.Globalization;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

internal static class CheckVerb
{
    private static readonly Argument<string> Store = new("STORE") { Description = "The store, one file: what `kindred index` wrote." };

    public static Command Create()
    {
        var verb = new Command("check", "Looks at every row of a store and says what is damaged. Example: kindred check notes.kindred") { Store, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args.GetRequiredValue(Store), new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(string path, Output output, CancellationToken cancel)
    {
        using var encoder = Encoder.ForStore(path, null);
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        var report = await store.CheckAsync(cancel);
        foreach (string problem in report.Problems) await Console.Error.WriteLineAsync($"kindred: {path}: {problem}");
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(report.Documents, "document")}, {Output.Count(report.Chunks, "chunk")}, {report.Graph} in the graph, {(report.Ok ? "no damage" : "damaged")}"));
        output.Line(json =>
        {
            json.WriteNumber("documents", report.Documents);
            json.WriteNumber("chunks", report.Chunks);
            json.WriteNumber("graph", report.Graph);
            json.WriteBoolean("ok", report.Ok);
            json.WriteStrings("problems", report.Problems);
        });
        return report.Ok ? 0 : 1;
    }
}
