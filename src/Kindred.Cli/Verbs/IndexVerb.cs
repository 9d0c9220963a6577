using System.CommandLine;
using System.Globalization;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

internal static class IndexVerb
{
    private static readonly Argument<string> Folder = new("PATH") { Description = "A folder of documents, or one file: txt, md, html, pdf, docx, csv, tsv, jsonl, source code." };
    private static readonly Option<string> Store = new("--store") { Description = "The store, one file: made if it is not there.", Required = true };
    private static readonly Option<bool> Prune = new("--prune") { Description = "Remove from the store what is no longer in the folder." };

    public static Command Create()
    {
        var verb = new Command("index", "Reads, chunks, embeds and stores a folder; run it again after changes, or to go on where it stopped. Example: kindred index notes --store notes.kindred")
        {
            Folder, Store, Encoder.Model, Prune, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(Store);
        var folder = Find(args.GetRequiredValue(Folder), cancel);
        using var encoder = Encoder.ForWriting(path, args.GetValue(Encoder.Model));
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        var report = await AddAsync(store, folder, args.GetValue(Prune), cancel);
        var info = store.ReadInfo();
        await ProgressBar.RunAsync("graph", async show =>
        {
            await store.MakeGraphAsync(new Told<int>(linked => show(linked, (int)info.Chunks, "")), cancel);
            return true;
        });
        foreach (string note in report.Notes) await Console.Error.WriteLineAsync($"kindred: {note}");
        foreach (var skipped in report.Skipped) await Console.Error.WriteLineAsync($"kindred: skipped {skipped.Path}: {skipped.Reason}");
        output.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {Output.Count(info.Documents, "document")}, {Output.Count(info.Chunks, "chunk")}; {Output.Count(report.Added, "file")} new, {report.Changed} changed, {report.Unchanged} unchanged, {report.Removed} removed, {report.Skipped.Count} skipped; {report.Seconds:F1} s"));
        output.Line(json =>
        {
            json.WriteNumber("documents", info.Documents);
            json.WriteNumber("chunks", info.Chunks);
            json.WriteNumber("seconds", Math.Round(report.Seconds, 3));
            json.WriteNumber("added", report.Added);
            json.WriteNumber("changed", report.Changed);
            json.WriteNumber("unchanged", report.Unchanged);
            json.WriteNumber("removed", report.Removed);
            json.WriteStartArray("skipped");
            foreach (var skipped in report.Skipped)
            {
                json.WriteStartObject();
                json.WriteString("path", skipped.Path);
                json.WriteString("reason", skipped.Reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return 0;
    }

    /// <summary>The files of a folder; one with nothing in it is an error.</summary>
    public static DocumentFolder Find(string path, CancellationToken cancel)
    {
        var folder = Documents.FromFolder(path, cancellationToken: cancel);

        // with --prune an empty folder would empty the store: a disk that is not mounted looks the same
        return folder.Files.Count > 0 || folder.Skipped.Count > 0 ? folder : throw new IOException($"{path}: there is nothing in it to index");
    }

    public static Task<AddReport> AddAsync(KindredStore store, DocumentFolder folder, bool prune, CancellationToken cancel) =>
        ProgressBar.RunAsync("index", show => store.AddAsync(
            folder,
            new AddOptions { Prune = prune },
            new Told<AddProgress>(p => show(p.Sources, folder.Files.Count, $"{Output.Count(p.Chunks, "chunk")}  {p.Source}")),
            cancel));
}
