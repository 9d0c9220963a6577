using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kindred.Cli.Maps;
using Kindred.Learning.Reduction;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

internal static class MapVerb
{
    private static readonly Option<string?> Store = new("--store") { Description = "The store whose passages are drawn." };
    private static readonly Option<string> Out = new("--out") { Description = "The picture: F.png, or F.html to hover over.", Required = true };
    private static readonly Option<string> Method = new("--method") { Description = "How the vectors become two dimensions: pca, the plane they spread widest in.", DefaultValueFactory = _ => "pca" };
    private static readonly Option<string?> ColorBy = new("--color") { Description = "The payload field (or column) that gives the colour; for a store the files' top folder when left out." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("pca");
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && Path.GetExtension(path).ToLowerInvariant() is not (".png" or ".html")) result.AddError($"--out {path}: the name must end in .png or .html");
        });
        var verb = new Command("map", "Draws texts as points: near means alike. Example: kindred map --store notes.kindred --out notes.html")
        {
            Store, TableFile.In, TableFile.TextColumn, Out, Method, ColorBy, StoreFile.Filter, Encoder.Model, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Store) is null == result.GetResult(TableFile.In) is null) result.AddError("one of --store FILE and --in FILE is wanted");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Out);
        Usage.CheckWritable(path);
        string? color = args.GetValue(ColorBy);
        var map = args.GetValue(Store) is { } store
            ? await OfStoreAsync(store, args.GetValue(Encoder.Model), args.GetValue(StoreFile.Filter), color, cancel)
            : args.GetValue(TableFile.In) is { } file && VectorFile.Names(file) ? OfVectors(file, cancel)
            : await OfTableAsync(args.GetValue(TableFile.In)!, args.GetRequiredValue(TableFile.TextColumn), args.GetValue(Encoder.Model), color, cancel);
        Write(map, path);
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {map.Points.Count} points; {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteString("out", path);
            json.WriteNumber("points", map.Points.Count);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
        });
        return 0;
    }

    public static void Write(MapPicture map, string path)
    {
        byte[] picture = Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase) ? HtmlMap.Draw(map) : PngMap.Draw(map);
        Pictures.Write(path, picture);
    }

    private static async Task<MapPicture> OfStoreAsync(string path, string? model, string? filter, string? color, CancellationToken cancel)
    {
        using var encoder = Encoder.ForStore(path, model);
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        return OfStore(store, path, filter, color, cancel);
    }

    public static MapPicture OfStore(KindredStore store, string path, string? filter, string? color, CancellationToken cancel)
    {
        var chunks = store.ReadChunks(filter, cancel);
        if (chunks.Count == 0) throw new IOException($"{path}: there is no passage to draw");
        if (color is not null && !chunks.Any(c => c.Passage.Payload.ContainsKey(color)))
            throw new ArgumentException($"no passage has a field \"{color}\"; there are: {string.Join(", ", chunks.SelectMany(c => c.Passage.Payload.Keys).Distinct(StringComparer.Ordinal).Take(20).DefaultIfEmpty("none"))}");
        var places = Pca.Project([.. chunks.Select(c => new ReadOnlyMemory<float>(c.Vector))], 2, cancel);
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {chunks.Count} passages by meaning"),
            places,
            i => (chunks[i].Passage.Title ?? chunks[i].Passage.Heading ?? SearchVerb.Shorten(chunks[i].Passage.Text, 40), SearchVerb.Place(chunks[i].Passage with { Title = null, Heading = null }), SearchVerb.Shorten(chunks[i].Passage.Text, 280)),
            i => color is null ? TopFolder(chunks[i].Passage.Source) : chunks[i].Passage.Payload.TryGetValue(color, out var value) ? Name(value) : null);
    }

    private static async Task<MapPicture> OfTableAsync(string file, string column, string? model, string? color, CancellationToken cancel)
    {
        List<string> texts = [], groups = [];
        foreach (var (text, group) in TableFile.Read(file, column, color, cancel))
        {
            texts.Add(text);
            groups.Add(group ?? "");
        }

        if (texts.Count == 0) throw new IOException($"{file}: there is no row to draw");
        using var encoder = Encoder.Open(model);
        var vectors = await TableFile.EmbedAsync(encoder, texts, null, cancel);
        var places = Pca.Project(vectors, 2, cancel);
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {texts.Count} texts by meaning"),
            places,
            i => (SearchVerb.Shorten(texts[i], 40), string.Create(CultureInfo.InvariantCulture, $"row {i + 1}"), SearchVerb.Shorten(texts[i], 280)),
            i => groups[i]);
    }

    private static MapPicture OfVectors(string file, CancellationToken cancel)
    {
        var rows = VectorFile.Read(file, cancel);
        if (rows.Count == 0) throw new IOException($"{file}: there is no row to draw");
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {rows.Count} vectors of {rows[0].Length} dimensions"),
            Places(file, rows, cancel),
            i => (string.Create(CultureInfo.InvariantCulture, $"{i}"), "", ""),
            _ => null);
    }

    private static float[][] Places(string file, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        if (rows[0].Length == 1) return [.. rows.Select(r => new[] { r.Span[0], 0f })];
        var places = Pca.Project(rows, 2, cancel);
        return places.All(p => float.IsFinite(p[0]) && float.IsFinite(p[1])) ? places : throw new IOException($"{file}: its numbers are too large to be drawn: scale them down");
    }

    private static string? TopFolder(string source) => source.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? source[..slash] : null;

    private static string Name(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
