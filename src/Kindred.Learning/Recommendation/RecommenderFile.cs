using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>The file of a recommender, docs/formats/recommender.md.</summary>
internal static class RecommenderFile
{
    private const string Format = "kindred.recommender", Version = "1";

    public static void Write(string path, Recommender recommender)
    {
        var set = recommender.Set;
        var table = set.Table;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("alsLambda", set.Space.Lambda);
            json.WriteNumber("alsAlpha", set.Space.Alpha);
            json.WriteStartArray("parts");
            foreach (var part in recommender.Parts)
            {
                json.WriteStartObject();
                json.WriteString("method", part.Method.ToString());
                json.WriteNumber("weight", part.Weight);
                if (!double.IsPositiveInfinity(part.HalfLife)) json.WriteNumber("halfLife", part.HalfLife);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var tensors = new List<SafetensorsTensor> { new("events.starts", table.Starts), new("events.items", table.ItemOfEvent), new("events.weights", table.Weights) };
        if (table.Times is not null) tensors.Add(new("events.times", table.Times));
        AddNames(tensors, "users", table.Users);
        AddNames(tensors, "items", table.Items);
        if (recommender.Titles is { } titles) AddNames(tensors, "titles", titles);
        foreach (var model in set.Models.Values) tensors.AddRange(model.Tensors());
        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = Format, ["version"] = Version, ["model"] = Encoding.UTF8.GetString(buffer.WrittenSpan) }, tensors);
    }

    public static Recommender Read(string path)
    {
        using var file = LearntFile.Open(path, Format, Version);
        try
        {
            using var json = JsonDocument.Parse(file.Metadata.GetValueOrDefault("model", ""));
            return Read(file, json.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw file.Wrong("model", $"cannot be understood: {e.Message}");
        }
    }

    private static Recommender Read(SafetensorsFile file, JsonElement json)
    {
        string[] users = ReadNames(file, "users"), items = ReadNames(file, "items");
        int count = Length(file, "events.items");
        int[] starts = ReadStarts(file, "events.starts", users.Length, count);
        var table = new InteractionTable(users, items, starts, file.ReadIndices("events.items", items.Length, count), Finite(file, "events.weights", count),
            file.Has("events.times") ? file.ReadDoubles("events.times", count) : null, 0);
        var events = new ItemEvents(table);
        var set = new ModelSet(table, events);
        BlendPart[] parts = [.. json.GetProperty("parts").EnumerateArray().Select(Part)];
        if (parts.Length == 0) throw new FormatException("there is no part");
        set.Add(RecommenderMethod.Als, ReadAls(file, json, items.Length));
        set.Add(RecommenderMethod.Knn, ReadNeighbors(file, "knn", items.Length));
        if (file.Has("content")) set.Add(RecommenderMethod.Content, ReadVectors(file, "content", items.Length));
        foreach (var part in parts.Where(p => !set.Models.ContainsKey(p.Method)))
        {
            set.Add(part.Method, part.Method switch
            {
                RecommenderMethod.Ease when file.Has("ease.weights") => new EaseModel(items.Length, Finite(file, "ease.weights", items.Length, items.Length)),
                RecommenderMethod.Ease => new EaseModel(table, events, Finite(file, "ease.inverse", users.Length, users.Length), Finite(file, "ease.diagonal", items.Length)),
                RecommenderMethod.Bpr => ReadBpr(file, users.Length, items.Length),
                RecommenderMethod.Sequence => ReadNeighbors(file, "sequence", items.Length),
                RecommenderMethod.Item2Vec => ReadVectors(file, "item2vec", items.Length),
                RecommenderMethod.Popularity => new PopularityModel(events),
                _ => throw new FormatException($"there is no method {part.Method}"),
            });
        }

        string[]? titles = file.Has("titles") ? ReadNames(file, "titles") : null;
        return titles is null || titles.Length == items.Length ? new(set, parts, titles) : throw file.Wrong("titles.ends", $"holds {titles.Length} titles of {items.Length} items");
    }

    private static BlendPart Part(JsonElement json)
    {
        if (!Enum.TryParse(json.GetProperty("method").GetString(), out RecommenderMethod method) || !Enum.IsDefined(method)) throw new FormatException($"there is no method {json.GetProperty("method")}");
        var part = new BlendPart(method, json.GetProperty("weight").GetDouble(), json.TryGetProperty("halfLife", out var life) ? life.GetDouble() : double.PositiveInfinity);
        return double.IsFinite(part.Weight) && part.HalfLife > 0 ? part : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a part has weight {part.Weight} and half-life {part.HalfLife}"));
    }

    private static AlsModel ReadAls(SafetensorsFile file, JsonElement json, int items)
    {
        int factors = Width(file, "als.items");
        double lambda = json.GetProperty("alsLambda").GetDouble(), alpha = json.GetProperty("alsAlpha").GetDouble();
        if (!(lambda > 0) || !(alpha >= 0) || factors > 1024) throw new FormatException("a setting of als is out of range");
        return new(Finite(file, "als.items", items, factors), factors, lambda, alpha);
    }

    private static BprModel ReadBpr(SafetensorsFile file, int users, int items)
    {
        int factors = Width(file, "bpr.items");
        return new(Finite(file, "bpr.users", users, factors), Finite(file, "bpr.items", items, factors), Finite(file, "bpr.biases", items), factors);
    }

    private static VectorModel ReadVectors(SafetensorsFile file, string name, int items)
    {
        int width = Width(file, name);
        return new(name, Finite(file, name, items, width), width);
    }

    private static NeighborModel ReadNeighbors(SafetensorsFile file, string name, int items)
    {
        int count = Length(file, $"{name}.items");
        return new(name, ReadStarts(file, $"{name}.starts", items, count), file.ReadIndices($"{name}.items", items, count), Finite(file, $"{name}.weights", count));
    }

    private static float[] Finite(SafetensorsFile file, string name, params ReadOnlySpan<long> shape)
    {
        float[] values = file.ReadSingles(name, shape);
        int wrong = Metric.IndexOfNonFinite(values);
        return wrong < 0 ? values : throw file.Wrong(name, $"[{wrong}] is not finite");
    }

    private static int[] ReadStarts(SafetensorsFile file, string name, int rows, int end)
    {
        int[] starts = file.ReadInts(name, rows + 1L);
        if (starts[0] != 0 || starts[^1] != end) throw file.Wrong(name, $"runs from {starts[0]} to {starts[^1]}, not from 0 to {end}");
        for (int i = 0; i < rows; i++)
            if (starts[i + 1] < starts[i]) throw file.Wrong(name, $"falls at {i + 1}");
        return starts;
    }

    private static int Length(SafetensorsFile file, string name) => file.Describe(name).Shape is [>= 0 and <= int.MaxValue and var n] ? (int)n : throw file.Wrong(name, "is not a list");

    private static int Width(SafetensorsFile file, string name) => file.Describe(name).Shape is [_, >= 1 and <= 1 << 20 and var n] ? (int)n : throw file.Wrong(name, "is not a matrix");

    // UTF-8, one name behind the other, and where each ends
    private static void AddNames(List<SafetensorsTensor> tensors, string name, IReadOnlyList<string> names)
    {
        byte[][] texts = [.. names.Select(Encoding.UTF8.GetBytes)];
        int[] ends = new int[texts.Length];
        for (int i = 0; i < ends.Length; i++) ends[i] = checked((i > 0 ? ends[i - 1] : 0) + texts[i].Length);
        tensors.Add(new(name, [.. texts.SelectMany(t => t)]));
        tensors.Add(new($"{name}.ends", ends));
    }

    private static string[] ReadNames(SafetensorsFile file, string name)
    {
        byte[] texts = file.ReadBytes(name, Length(file, name));
        int count = Length(file, $"{name}.ends");
        if (count == 0) throw file.Wrong($"{name}.ends", "is empty");
        int[] ends = file.ReadInts($"{name}.ends", count);
        string[] names = new string[count];
        for (int i = 0; i < count; i++)
        {
            int start = i > 0 ? ends[i - 1] : 0;
            if (ends[i] <= start || ends[i] > texts.Length) throw file.Wrong($"{name}.ends", $"[{i}] is {ends[i]}, outside {start + 1} to {texts.Length}");
            names[i] = Encoding.UTF8.GetString(texts.AsSpan(start..ends[i]));
        }

        return names;
    }
}
