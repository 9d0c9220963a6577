using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Vectors.Files;
using Kindred.Words.Corpora;
using Kindred.Words.Files;

namespace Kindred.Words.Training;

/// <summary>The file that a training by GloVe goes on from. Layout: docs/formats/kwt.md.</summary>
internal static class GloveState
{
    private const string Format = "kindred.glove-training", Version = "1", Rows = "rows";

    internal static void Write(string path, GloveOptions options, EncodedCorpus corpus, long blocks, RowMatrix rows)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("dimensions", options.Dimensions);
            json.WriteNumber("window", options.Window);
            json.WriteNumber("minCount", options.MinCount);
            json.WriteNumber("epochs", options.Epochs);
            json.WriteNumber("seed", options.Seed);
            json.WriteNumber("rate", options.Rate);
            json.WriteNumber("xMax", options.XMax);
            json.WriteNumber("alpha", options.Alpha);
            json.WriteNumber("memory", options.Memory);   // the order of the counts depends on it
            json.WriteNumber("blocks", blocks);
            json.WriteString("text", TextOf(corpus));
            json.WriteEndObject();
        }

        var metadata = new Dictionary<string, string> { ["format"] = Format, ["version"] = Version, ["model"] = System.Text.Encoding.UTF8.GetString(text.ToArray()) };
        SafetensorsFile.Write(path, metadata, [new(Rows, rows.Count, rows.Dimensions, (i, row) => rows[(int)i].CopyTo(row))]);
    }

    /// <summary>The settings, which text it was, and the blocks that are done.</summary>
    /// <exception cref="WordVectorFileException">A field is missing or wrong.</exception>
    internal static (GloveOptions Options, string Text, long Blocks) Read(string path, SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue("format", out string? format) || format != Format) throw WordVectorFileException.At(path, 8, "this is no file of a training by GloVe");
        if (!file.Metadata.TryGetValue("version", out string? version) || version != Version) throw WordVectorFileException.At(path, 8, $"version {version} where {Version} is due");
        try
        {
            using var json = JsonDocument.Parse(file.Metadata.GetValueOrDefault("model", ""));
            var root = json.RootElement;
            var options = new GloveOptions
            {
                Dimensions = root.GetProperty("dimensions").GetInt32(),
                Window = root.GetProperty("window").GetInt32(),
                MinCount = root.GetProperty("minCount").GetInt32(),
                Epochs = root.GetProperty("epochs").GetInt32(),
                Seed = root.GetProperty("seed").GetInt32(),
                LearningRate = root.GetProperty("rate").GetDouble(),
                XMax = root.GetProperty("xMax").GetDouble(),
                Alpha = root.GetProperty("alpha").GetDouble(),
                MemoryBytes = root.GetProperty("memory").GetInt64(),
            };
            options.Check();
            long blocks = root.GetProperty("blocks").GetInt64();
            return blocks < 0 ? throw new FormatException($"{blocks} blocks") : (options, root.GetProperty("text").GetString() ?? "", blocks);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw WordVectorFileException.At(path, 8, $"settings: {e.Message}");
        }
    }

    /// <summary>Reads the rows into a matrix of their shape.</summary>
    /// <exception cref="VectorFileException">They have another shape, or a number is not finite or beyond 1e18.</exception>
    internal static void ReadRows(SafetensorsFile file, RowMatrix rows)
    {
        float[] values = file.ReadSingles(Rows, rows.Count, rows.Dimensions);
        for (int i = 0; i < rows.Count; i++)
        {
            var row = values.AsSpan(i * rows.Dimensions, rows.Dimensions);
            if (!RowQuantizer.Holds(row)) throw file.Wrong(Rows, $"row {i}: a number that is not finite or beyond 1e18");
            row.CopyTo(rows[i]);
        }
    }

    /// <summary>Tells one text from another: a hash of its words and their counts.</summary>
    internal static string TextOf(EncodedCorpus corpus)
    {
        var hash = new XxHash3();
        hash.Append(corpus.Words.AllBytes);
        hash.Append(MemoryMarshal.AsBytes(corpus.Counts.AsSpan()));
        hash.Append(BitConverter.GetBytes(corpus.Tokens));
        return hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture);
    }
}
