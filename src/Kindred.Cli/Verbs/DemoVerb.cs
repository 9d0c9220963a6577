using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Maps;
using Kindred.Store;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

internal static class DemoVerb
{
    private static readonly string[] Questions =
    [
        "How do I stop my laptop from overheating?",
        "The wifi is slow in the back bedroom",
        "I deleted a file by accident, can I get it back?",
    ];

    private static readonly Option<string> Out = new("--out") { Description = "The folder for the store and the pictures.", DefaultValueFactory = _ => "kindred-demo" };

    public static Command Create()
    {
        var verb = new Command("demo", "Shows Kindred at work on a help desk's tips: index, search, words, a map. Example: kindred demo --out my-demo") { Out };
        verb.SetAction((args, cancel) => RunAsync(args.GetRequiredValue(Out), args.InvocationConfiguration.Output, cancel));
        return verb;
    }

    private static async Task<int> RunAsync(string folder, TextWriter output, CancellationToken cancel)
    {
        string samples = Path.Combine(AppContext.BaseDirectory, "samples", "helpdesk");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "helpdesk.kindred"), png = Path.Combine(folder, "map.png"), html = Path.Combine(folder, "map.html");

        await output.WriteLineAsync("1. A folder becomes a store");
        var tips = IndexVerb.Find(samples, cancel);
        using var encoder = Encoder.ForWriting(path, null);
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        var report = await IndexVerb.AddAsync(store, tips, prune: true, cancel);
        var info = store.ReadInfo();
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"   {info.Documents} tips of an IT help desk, {info.Chunks} passages, {info.Dimensions} dimensions each; {report.Unchanged} files unchanged since last time; {report.Seconds:F1} s"));

        await output.WriteLineAsync("\n2. Search by meaning, not by words");
        foreach (string question in Questions)
        {
            await output.WriteLineAsync($"   \"{question}\"");
            await foreach (var hit in store.SearchAsync(question, k: 3, cancellationToken: cancel))
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"     {hit.Rank}. {hit.Score:F3}  {hit.Title ?? hit.Heading}  ({hit.Source})"));
        }

        await output.WriteLineAsync("\n3. Words as vectors");
        var words = WordVectors.Default;
        string[] animals = ["cat", "dog", "car"];
        await output.WriteLineAsync($"   {"",-6}{string.Concat(animals.Select(w => $"{w,7}"))}");
        foreach (string a in animals)
            await output.WriteLineAsync($"   {a,-6}{string.Concat(animals.Select(b => words.Similarity(a, b).ToString("F2", CultureInfo.InvariantCulture).PadLeft(7)))}");
        var best = words.Analogy(["king", "woman"], ["man"], 1)[0];
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"   king - man + woman = {best.Word} ({best.Score:F2})"));

        await output.WriteLineAsync("\n4. A map: near means alike");
        var map = await MapVerb.OfStoreAsync(store, path, null, "topic", new Projection("umap", 1), cancel);
        MapVerb.Write(map, png);
        MapVerb.Write(map, html);
        await output.WriteLineAsync($"   {png}\n   {html}  (open it in a browser and move over the points)");

        string command = Environment.GetEnvironmentVariable("KINDRED_COMMAND") is { Length: > 0 } name ? name : "kindred";
        await output.WriteLineAsync($"""

            Where things lie
               the store   {path}  (one SQLite file)
               the tips    {samples}

            What to try next
               {command} search "my screen share looks fuzzy" --store {path} -k 3
               {command} search "faster pages" --store {path} --filter "topic = 'printers' and minutes <= 10"
               {command} ask "How do I get a file back?" --store {path}
               {command} index YOUR-FOLDER --store mine.kindred
               {command} search "anything" --store mine.kindred
            """);
        return 0;
    }
}
