using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

internal static class SearchVerb
{
    private static readonly Argument<string> Query = new("QUERY") { Description = "What is looked for, in your own words." };
    private static readonly Option<int> K = StoreFile.K(10, 1_000_000);

    public static Command Create()
    {
        var verb = new Command("search", "Finds passages by meaning, and with --hybrid by words too. Example: kindred search \"my screen stays black\" --store notes.kindred -k 5")
        {
            Query, StoreFile.Paths, K, StoreFile.Filter, SearchSettings.Hybrid, SearchSettings.FusionName, SearchSettings.Bm25, SearchSettings.Mmr, SearchSettings.Context,
            SearchSettings.Also, Chat.Address, Chat.Model, Chat.Rewrite, Encoder.Model, Output.Json,
        };
        SearchSettings.Check(verb);
        Chat.Check(verb);
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        using var opened = await StoreFile.OpenAsync(args, cancel);
        using var chat = await Chat.ConnectAsync(args, cancel);
        var queries = await Chat.WordingsAsync(chat, args, args.GetRequiredValue(Query), cancel);
        var options = new SearchOptions
        {
            K = args.GetValue(K),
            Filter = args.GetValue(StoreFile.Filter),
            Method = SearchSettings.Method(args),
            Fusion = SearchSettings.Fusion(args),
            Mmr = args.GetValue(SearchSettings.Mmr),
            Context = SearchSettings.Around(args),
        };
        bool plain = opened.Stores.Count == 1 && queries.Count == 1 && options is { Method: SearchMethod.Meaning, Mmr: null, Context: PassageContext.None };
        var hits = plain ? opened.Stores[0].SearchAsync(queries[0], options.K, options.Filter, cancel) : KindredStore.SearchAsync(opened.Stores, queries, options, cancel);
        bool any = false;
        await foreach (var hit in hits)
        {
            any = true;
            Print(hit, output);
            output.Line(json =>
            {
                json.WriteNumber("rank", hit.Rank);
                json.WriteNumber("score", hit.Score);
                Write(json, hit);
            });
        }

        if (any) StoreFile.TellMissing(opened.Stores, options.Filter, cancel);
        else await Console.Error.WriteLineAsync(Output.Plain($"kindred: no passage matches{StoreFile.WhyNone(opened.Stores, options.Filter, cancel)}"));
        return 0;
    }

    /// <summary>A hit in two lines: place, then the passage's beginning.</summary>
    public static void Print(SearchHit hit, Output output)
    {
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{hit.Rank,3}  {hit.Score:F3}  {Place(hit)}"));
        output.Text($"            {(hit.Context is { } context ? Shorten(context, 1200) : Shorten(hit.Text, 240))}");
    }

    /// <summary>File and line or page, then title and heading, and the store where there are several.</summary>
    public static string Place(SearchHit hit)
    {
        string place = hit.Page is { } page ? string.Create(CultureInfo.InvariantCulture, $"{hit.Source}, page {page}") : string.Create(CultureInfo.InvariantCulture, $"{hit.Source}:{hit.Line}");
        foreach (string? name in new[] { hit.Title, hit.Heading })
        {
            if (name is { Length: > 0 } && !place.EndsWith(name, StringComparison.Ordinal)) place += $"  {name}";
        }

        return hit.Store is { } store ? $"{place}  (in {Path.GetRelativePath(".", store)})" : place;
    }

    public static string Shorten(string text, int most)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= most) return line;
        int end = line.LastIndexOf(' ', most);
        if (end < most / 2) end = char.IsHighSurrogate(line[most - 1]) ? most - 1 : most;
        return line[..end] + " …";
    }

    /// <summary>What a script wants of a passage.</summary>
    public static void Write(Utf8JsonWriter json, SearchHit hit)
    {
        json.WriteString("id", hit.Id);
        json.WriteString("source", hit.Source);
        json.WriteString("text", hit.Text);
        if (hit.Title is not null) json.WriteString("title", hit.Title);
        if (hit.Heading is not null) json.WriteString("heading", hit.Heading);
        if (hit.Page is { } page) json.WriteNumber("page", page);
        json.WriteNumber("line", hit.Line);
        json.WriteString("document", hit.DocumentId);
        json.WriteNumber("start", hit.Start);
        json.WriteNumber("end", hit.End);
        json.WriteNumber("cosine", hit.Cosine);
        json.WriteNumber("bm25", hit.WordScore);
        if (hit.Store is not null) json.WriteString("store", hit.Store);
        if (hit.Context is not null) json.WriteString("context", hit.Context);
        if (hit.ContextStart is { } from) json.WriteNumber("contextStart", from);
        json.WriteStartObject("payload");
        foreach (var (name, value) in hit.Payload)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
