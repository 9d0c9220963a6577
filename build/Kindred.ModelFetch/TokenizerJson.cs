using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.ModelFetch;

/// <summary>Writes the tokenizer.json that belongs to the vocab.txt of an uncased BERT.</summary>
internal static class TokenizerJson
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    public static byte[] FromVocabulary(string name, ReadOnlySpan<byte> vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        string[] lines = Encoding.UTF8.GetString(vocabulary).TrimEnd('\n').Split('\n');
        for (int id = 0; id < lines.Length; id++)
        {
            // a piece that stands twice keeps its last id, as a Python dictionary does
            ids[lines[id].TrimEnd('\r')] = id;
        }

        foreach (string token in Special)
        {
            if (!ids.ContainsKey(token)) throw new FetchException($"{name} has no line {token}");
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            foreach (string token in Special.OrderBy(t => ids[t]))
            {
                json.WriteStartObject();
                json.WriteNumber("id", ids[token]);
                json.WriteString("content", token);
                json.WriteBoolean("single_word", false);
                json.WriteBoolean("lstrip", false);
                json.WriteBoolean("rstrip", false);
                json.WriteBoolean("normalized", false);
                json.WriteBoolean("special", true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("normalizer");
            json.WriteString("type", "BertNormalizer");
            json.WriteBoolean("clean_text", true);
            json.WriteBoolean("handle_chinese_chars", true);
            json.WriteNull("strip_accents");
            json.WriteBoolean("lowercase", true);
            json.WriteEndObject();
            json.WriteStartObject("pre_tokenizer");
            json.WriteString("type", "BertPreTokenizer");
            json.WriteEndObject();
            WriteTemplate(json, ids["[CLS]"], ids["[SEP]"]);
            json.WriteStartObject("decoder");
            json.WriteString("type", "WordPiece");
            json.WriteString("prefix", "##");
            json.WriteBoolean("cleanup", true);
            json.WriteEndObject();
            json.WriteStartObject("model");
            json.WriteString("type", "WordPiece");
            json.WriteString("unk_token", "[UNK]");
            json.WriteString("continuing_subword_prefix", "##");
            json.WriteNumber("max_input_chars_per_word", 100);
            json.WriteStartObject("vocab");
            foreach (var (piece, id) in ids.OrderBy(p => p.Value)) json.WriteNumber(piece, id);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteTemplate(Utf8JsonWriter json, int cls, int sep)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        Token("[CLS]", 0);
        Sequence("A", 0);
        Token("[SEP]", 0);
        json.WriteEndArray();
        json.WriteStartArray("pair");
        Token("[CLS]", 0);
        Sequence("A", 0);
        Token("[SEP]", 0);
        Sequence("B", 1);
        Token("[SEP]", 1);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        Definition("[CLS]", cls);
        Definition("[SEP]", sep);
        json.WriteEndObject();
        json.WriteEndObject();

        void Token(string token, int type) => Entry("SpecialToken", token, type);

        void Sequence(string name, int type) => Entry("Sequence", name, type);

        void Entry(string kind, string id, int type)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        void Definition(string token, int id)
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
