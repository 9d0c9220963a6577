using System.Buffers;
using System.Text;
using System.Text.Json;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Anomalies;

/// <summary>The file of a detector, docs/formats/detector.md: the training rows and what was measured on them; the rest is made again from these.</summary>
internal static class DetectorFile
{
    private const string Format = "kindred.detector", Version = "1";

    /// <param name="path">The file to make or replace.</param>
    /// <param name="kind">What the detector is for: vectors or table.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="more">Writes what the kind adds to the model's JSON.</param>
    public static void Write(string path, string kind, AnomalyDetector detector, Action<Utf8JsonWriter> more) => Write(path, kind, json =>
    {
        var options = detector.Options;
        json.WriteString("method", options.Method.ToString());
        json.WriteNumber("falseAlarms", options.FalseAlarms);
        if (options.Contamination is { } share) json.WriteNumber("contamination", share);
        json.WriteNumber("numbers", options.Numbers ?? detector.Dimensions);
        json.WriteNumber("seed", options.Seed);
        json.WriteString("source", options.Source);
        json.WriteStartArray("scales");
        foreach (var (mean, deviation) in detector.Ensemble.Scales)
        {
            json.WriteNumberValue(mean);
            json.WriteNumberValue(deviation);
        }

        json.WriteEndArray();
        more(json);
    }, [new("rows", detector.Rows.Values, detector.Count, detector.Dimensions), new("numbers", detector.Numbers), new("scores", detector.Scores)]);

    /// <param name="path">The file to make or replace.</param>
    /// <param name="kind">What the detector is for.</param>
    /// <param name="model">Writes the model's JSON.</param>
    /// <param name="tensors">The arrays.</param>
    public static void Write(string path, string kind, Action<Utf8JsonWriter> model, IReadOnlyList<SafetensorsTensor> tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            model(json);
            json.WriteEndObject();
        }

        var metadata = new Dictionary<string, string> { ["format"] = Format, ["version"] = Version, ["model"] = Encoding.UTF8.GetString(buffer.WrittenSpan) };
        SafetensorsFile.Write(path, metadata, tensors);
    }

    /// <summary>What a detector's file is for.</summary>
    public static DetectorKind Kind(string path) => Open(path, (_, model) => model.GetProperty("kind").GetString() switch { "vectors" => DetectorKind.Vectors, "table" => DetectorKind.Table, "series" => DetectorKind.Series, var other => throw new FormatException($"there is no kind {other}") });

    /// <param name="path">The file.</param>
    /// <param name="kind">The kind it must have.</param>
    /// <param name="make">Makes the detector of that kind from the general one and the model's JSON.</param>
    public static T Read<T>(string path, string kind, Func<AnomalyDetector, JsonElement, T> make) => ReadModel(path, kind, (file, model) =>
    {
        var shape = file.Describe("rows").Shape;
        if (shape.Count != 2 || shape[0] is < AnomalyDetector.MinRows or > AnomalyDetector.MaxRows || shape[1] is < 1 or > 1 << 20) throw file.Wrong("rows", $"has shape [{string.Join(", ", shape)}]");
        float[] values = file.ReadSingles("rows", shape[0], shape[1]);
        int[] numbers = file.ReadInts("numbers", shape[0]);
        double[] scores = file.ReadDoubles("scores", shape[0]);
        if (Metric.IndexOfNonFinite(values) >= 0) throw file.Wrong("rows", "holds a number that is not finite");
        double[] scales = [.. model.GetProperty("scales").EnumerateArray().Select(s => s.GetDouble())];
        var rows = new Rows(values, (int)shape[1]);
        var options = new AnomalyOptions
        {
            Method = Enum.Parse<AnomalyMethod>(model.GetProperty("method").GetString()!),
            FalseAlarms = model.GetProperty("falseAlarms").GetDouble(),
            Contamination = model.TryGetProperty("contamination", out var share) ? share.GetDouble() : null,
            Numbers = model.GetProperty("numbers").GetInt32(),
            Seed = model.GetProperty("seed").GetInt32(),
            Source = model.GetProperty("source").GetString()!,
        };
        if (!Enum.IsDefined(options.Method) || options.Numbers < 0 || options.Numbers > shape[1] || !(options.FalseAlarms is > 0 and < 0.5) || options.Contamination is not null and not (> 0 and < 0.5)
            || scales.Length % 2 != 0 || scales.Where((_, i) => i % 2 == 1).Any(s => !(s > 0)))
            throw file.Wrong("model", "holds a setting out of range");
        var ensemble = Ensemble.Restore(rows, options, [.. scales.Chunk(2).Select(s => (s[0], s[1]))]);
        return make(new AnomalyDetector(rows, numbers, scores, ensemble, options), model);
    });

    /// <param name="path">The file.</param>
    /// <param name="kind">The kind it must have.</param>
    /// <param name="make">Makes the detector from the file and the model's JSON; what it throws becomes an error of the file.</param>
    public static T ReadModel<T>(string path, string kind, Func<SafetensorsFile, JsonElement, T> make) => Open(path, (file, model) =>
        model.GetProperty("kind").GetString() is var found && found == kind ? make(file, model) : throw file.Wrong("model", $"is of kind {found}, {kind} is wanted"));

    private static T Open<T>(string path, Func<SafetensorsFile, JsonElement, T> take)
    {
        using var file = LearntFile.Open(path, Format, Version);
        try
        {
            using var model = JsonDocument.Parse(file.Metadata.GetValueOrDefault("model", ""));
            return take(file, model.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw file.Wrong("model", $"cannot be understood: {e.Message}");
        }
    }
}
