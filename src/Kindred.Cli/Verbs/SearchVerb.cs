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
        var verb = new Command("search", "Finds passages by meaning. Example: kindred search \"my screen stays black\" --store notes.kindred -k 5")
        {
            Query, StoreFile.Path, K, StoreFile.Filter, Encoder.Model, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(StoreFile.Path);
        using var encoder = Encoder.ForStore(path, args.GetValue(Encoder.Model));
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        bool any = false;
        await foreach (var hit in store.SearchAsync(args.GetRequiredValue(Query), args.GetValue(K), args.GetValue(StoreFile.Filter), cancel))
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

        if (!any) await Console.Error.WriteLineAsync("kindred: no passage matches");
        return 0;
    }

    /// <summary>A hit in two lines: place, then the passage's beginning.</summary>
    public static void Print(SearchHit hit, Output output)
    {
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{hit.Rank,3}  {hit.Score:F3}  {Place(hit)}"));
        output.Text($"            {Shorten(hit.Text, 240)}");
    }

    /// <summary>File and line or page, then title and heading.</summary>
    public static string Place(SearchHit hit)
    {
        string place = hit.Page is { } page ? string.Create(CultureInfo.InvariantCulture, $"{hit.Source}, page {page}") : string.Create(CultureInfo.InvariantCulture, $"{hit.Source}:{hit.Line}");
        foreach (string? name in new[] { hit.Title, hit.Heading })
        {
            if (name is { Length: > 0 } && !place.EndsWith(name, StringComparison.Ordinal)) place += $"  {name}";
        }

        return place;
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
        json.WriteStartObject("payload");
        foreach (var (name, value) in hit.Payload)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
