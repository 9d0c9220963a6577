using System.Text.Json;
using Kindred.Vectors.Files;

namespace Kindred.Models.Distillation;

/// <summary>
/// Writes a static model in the folder format of MinishLab's model2vec: "embeddings" are int8, and "weights" hold for each token the scale of its
/// row times its weight by frequency.
/// </summary>
internal static class StaticFolder
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    public static void Write(string folder, string teacher, StaticVocabulary vocabulary, float[][] rows, double[] weights)
    {
        Directory.CreateDirectory(folder);
        WriteWeights(Path.Combine(folder, "model.safetensors"), rows, weights);
        WriteTokenizer(Path.Combine(folder, "tokenizer.json"), vocabulary);
        WriteConfig(Path.Combine(folder, "config.json"), teacher, rows[0].Length);
    }

    private static void WriteWeights(string path, float[][] rows, double[] weights)
    {
        int n = rows.Length, d = rows[0].Length;
        float[] factors = new float[n];
        sbyte[] data = new sbyte[n * d];
        for (int i = 0; i < n; i++)
        {
            float largest = 0;
            foreach (float value in rows[i]) largest = Math.Max(largest, Math.Abs(value));
            float scale = largest / 127;
            factors[i] = (float)(scale * weights[i]);
            for (int j = 0; j < d && scale > 0; j++) data[(i * d) + j] = (sbyte)Math.Clamp(MathF.Round(rows[i][j] / scale), -127, 127);
        }

        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = "pt" }, [new("weights", factors), new("embeddings", data, n, d)]);
    }

    private static void WriteTokenizer(string path, StaticVocabulary vocabulary)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < 2; id++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary.Tokens[id]);
            foreach (string no in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(no, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("normalizer");
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", vocabulary.Normalization.CleanText);
        json.WriteBoolean("handle_chinese_chars", vocabulary.Normalization.HandleChineseChars);
        json.WriteBoolean("strip_accents", vocabulary.Normalization.StripAccents);
        json.WriteBoolean("lowercase", vocabulary.Normalization.Lowercase);
        json.WriteEndObject();
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "BertPreTokenizer");
        json.WriteEndObject();
        json.WriteNull("post_processor");
        json.WriteStartObject("decoder");
        json.WriteString("type", "WordPiece");
        json.WriteString("prefix", vocabulary.Prefix);
        json.WriteBoolean("cleanup", true);
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", "[UNK]");
        json.WriteString("continuing_subword_prefix", vocabulary.Prefix);
        json.WriteNumber("max_input_chars_per_word", vocabulary.MaxWordLength);
        json.WriteStartObject("vocab");
        for (int id = 0; id < vocabulary.Tokens.Count; id++) json.WriteNumber(vocabulary.Tokens[id], id);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteConfig(string path, string teacher, int dimensions)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, Indented);
        json.WriteStartObject();
        json.WriteString("model_type", "model2vec");
        json.WriteStartArray("architectures");
        json.WriteStringValue("StaticModel");
        json.WriteEndArray();
        json.WriteString("tokenizer_name", teacher);
        json.WriteNumber("hidden_dim", dimensions);
        json.WriteString("embedding_dtype", "int8");
        json.WriteBoolean("normalize", true);
        json.WriteEndObject();
    }
}
