using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kindred.Cli.Maps;
using Kindred.Store;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class MapVerb
{
    private static readonly Option<string?> Store = new("--store") { Description = "The store whose passages are drawn." };
    private static readonly Option<string> Out = new("--out") { Description = "The picture: F.png, or F.html to hover over.", Required = true };
    private static readonly Option<int?> Words = new("--words") { Description = "Draw the N commonest words of the word vectors that --model names.", CustomParser = r => Usage.Number(r, 1, 1_000_000) };
    private static readonly Option<string?> Model = new("--model") { Description = "The sentence encoder: a name from `kindred model list` or a model folder; with --words the word vectors. When left out, the one the store was made with, else all-minilm-l6-v2; for words glove." };
    private static readonly Option<string> Method = new("--method") { Description = "How the vectors become two dimensions: umap or tsne keep neighbours together, pca is the plane they spread widest in.", DefaultValueFactory = _ => "umap" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the random choices of umap.", DefaultValueFactory = _ => 1, CustomParser = r => Usage.Number(r, 0, int.MaxValue) };
    private static readonly Option<string?> ColorBy = new("--color") { Description = "The payload field (or column) that gives the colour; for a store the files' top folder when left out." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("umap", "pca", "tsne");
        Out.Validators.Add(CheckEnding);
        var verb = new Command("map", "Draws texts as points: near means alike. Example: kindred map --store notes.kindred --out notes.html")
        {
            Store, TableFile.In, Words, TableFile.TextColumn, Out, Method, Seed, ColorBy, StoreFile.Filter, Model, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (new SymbolResult?[] { result.GetResult(Store), result.GetResult(TableFile.In), result.GetResult(Words) }.Count(r => r is not null) != 1) result.AddError("one of --store FILE, --in FILE and --words N is wanted");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    /// <summary>A picture's name says what it is.</summary>
    public static void CheckEnding(OptionResult result)
    {
        if (result.GetValueOrDefault<string>() is { } path && Path.GetExtension(path).ToLowerInvariant() is not (".png" or ".html")) result.AddError($"--out {path}: the name must end in .png or .html");
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Out);
        Usage.CheckWritable(path);
        string? color = args.GetValue(ColorBy);
        string? model = args.GetValue(Model);
        var unusable = new UnusableRows(args.GetValue(TableFile.In) ?? "", "not drawn");
        var projection = new Projection(args.GetRequiredValue(Method), args.GetValue(Seed));
        var map = args.GetValue(Words) is { } words ? await OfWordsAsync(words, model, projection, cancel)
            : args.GetValue(Store) is { } store ? await OfStoreAsync(store, model, args.GetValue(StoreFile.Filter), color, projection, cancel)
            : args.GetValue(TableFile.In) is { } file && VectorFile.Names(file) ? await OfVectorsAsync(file, unusable, projection, cancel)
            : await OfTableAsync(args.GetValue(TableFile.In)!, args.GetValue(TableFile.TextColumn), model, color, unusable, projection, cancel);
        Write(map, path);
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(map.Points.Count, "point")}; {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteString("out", path);
            json.WriteNumber("points", map.Points.Count);
            json.WriteNumber("unusable", unusable.Count);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
        });
        return 0;
    }

    /// <summary>Whether a page is asked for, not a picture.</summary>
    public static bool IsPage(string path) => Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase);

    public static void Write(MapPicture map, string path)
    {
        byte[] picture = IsPage(path) ? HtmlMap.Draw(map) : PngMap.Draw(map);
        Pictures.Write(path, picture);
    }

    private static async Task<MapPicture> OfStoreAsync(string path, string? model, string? filter, string? color, Projection projection, CancellationToken cancel)
    {
        using var encoder = Encoder.ForStore(path, model);
        await using var store = await KindredStore.OpenAsync(path, encoder, cancel);
        return await OfStoreAsync(store, path, filter, color, projection, cancel);
    }

    public static async Task<MapPicture> OfStoreAsync(KindredStore store, string path, string? filter, string? color, Projection projection, CancellationToken cancel)
    {
        var chunks = store.ReadChunks(filter, cancel);
        if (chunks.Count == 0) throw new IOException($"{path}: there is no passage to draw{StoreFile.WhyNone([store], filter, cancel)}");
        StoreFile.TellMissing([store], filter, cancel);
        if (color is not null && !chunks.Any(c => c.Passage.Payload.ContainsKey(color)))
            throw new ArgumentException($"no passage has a field \"{color}\"; there are: {string.Join(", ", chunks.SelectMany(c => c.Passage.Payload.Keys).Distinct(StringComparer.Ordinal).Take(20).DefaultIfEmpty("none"))}");
        float[][] places = await projection.PlaceAsync([.. chunks.Select(c => new ReadOnlyMemory<float>(c.Vector))], cancel);
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {Output.Count(chunks.Count, "passage")} by meaning"),
            places,
            i => (chunks[i].Passage.Title ?? chunks[i].Passage.Heading ?? SearchVerb.Shorten(chunks[i].Passage.Text, 40), SearchVerb.Place(chunks[i].Passage with { Title = null, Heading = null }), SearchVerb.Shorten(chunks[i].Passage.Text, 280)),
            i => color is null ? TopFolder(chunks[i].Passage.Source) : chunks[i].Passage.Payload.TryGetValue(color, out var value) ? Name(value) : null);
    }

    private static async Task<MapPicture> OfTableAsync(string file, string? column, string? model, string? color, UnusableRows unusable, Projection projection, CancellationToken cancel)
    {
        var (texts, groups, media) = TableFile.Read(file, column, model, color, cancel);
        int[] rows = [.. Enumerable.Range(0, texts.Length).Where(i => media is not null || !string.IsNullOrWhiteSpace(texts[i]))];
        foreach (int i in Enumerable.Range(0, texts.Length).Except(rows)) unusable.Add(i + 1, "the text is blank");
        unusable.Tell();
        if (rows.Length == 0) throw new IOException($"{Usage.Named(file)}: there is no row that can be used");
        using var encoder = media ?? Encoder.OpenTexts(model);
        (texts, groups) = ([.. rows.Select(i => texts[i])], [.. rows.Select(i => groups[i])]);
        var vectors = await TableFile.EmbedAsync(encoder, texts, null, cancel);
        float[][] places = await projection.PlaceAsync(vectors, cancel);
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Usage.Named(file)))}: {texts.Length} {media?.What ?? "texts by meaning"}"),
            places,
            i => (SearchVerb.Shorten(media is not null ? Path.GetFileName(texts[i]) : texts[i], 40), string.Create(CultureInfo.InvariantCulture, $"row {rows[i] + 1}"), SearchVerb.Shorten(texts[i], 280)),
            i => groups[i],
            rowOf: i => rows[i] + 1);
    }

    private static async Task<MapPicture> OfVectorsAsync(string file, UnusableRows unusable, Projection projection, CancellationToken cancel)
    {
        var (rows, numbers) = VectorFile.ReadUsable(file, unusable, cancel);
        if (rows.Count == 0) throw new IOException($"{file}: there is no row to draw");
        float[][] places = await projection.PlaceAsync(rows, cancel);
        if (places.Any(p => !float.IsFinite(p[0]) || !float.IsFinite(p[1]))) throw new IOException($"{file}: its numbers are too large to be drawn: scale them down");
        return MapPicture.Create(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {Output.Count(rows.Count, "vector")} of {Output.Count(rows[0].Length, "dimension")}"),
            places,
            i => (string.Create(CultureInfo.InvariantCulture, $"row {numbers[i] + 1}"), "", ""),
            _ => null,
            rowOf: i => numbers[i] + 1);
    }

    private static async Task<MapPicture> OfWordsAsync(int most, string? model, Projection projection, CancellationToken cancel)
    {
        using var words = WordModel.Open(model);
        int n = Math.Min(most, words.Count);
        if (n < most) await Console.Error.WriteLineAsync($"kindred: {words.Name} has {n} words; all of them are drawn");
        var rows = new ReadOnlyMemory<float>[n];
        for (int i = 0; i < n; i++)
        {
            // words of one length: how common a word is has no place on the map
            float[] row = new float[words.Dimensions];
            words.CopyVector(i, row);
            Metric.Normalize(row);
            rows[i] = row;
        }

        float[][] places = await projection.PlaceAsync(rows, cancel);
        return MapPicture.Create(string.Create(CultureInfo.InvariantCulture, $"{words.Name}: the {n} commonest words"), places, i => (words.Word(i), string.Create(CultureInfo.InvariantCulture, $"rank {i + 1}"), ""), _ => null);
    }

    private static string? TopFolder(string source) => source.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? source[..slash] : null;

    private static string Name(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
