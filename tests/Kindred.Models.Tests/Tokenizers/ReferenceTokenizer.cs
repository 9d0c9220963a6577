using System.Text;
using Tokenizers.DotNet;

namespace Kindred.Models.Tests.Tokenizers;

/// <summary>Hugging Face's own tokenizer (Rust), the answer of somebody else.</summary>
internal static class ReferenceTokenizer
{
    public const int Unknown = 3_000_000;

    /// <summary>
    /// A tokenizer whose vocabulary is every code point c, twice: id 2c at the start of a word, 2c + 1 within one. Its ids spell out what
    /// the normalizer made of a text and where the pre-tokenizer split it.
    /// </summary>
    public static Tokenizer OfCodePoints(bool clean, bool ideographs, bool strip, bool lower, string path)
    {
        var json = new StringBuilder();
        json.Append("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],\"normalizer\":{\"type\":\"BertNormalizer\"");
        json.Append($",\"clean_text\":{Flag(clean)},\"handle_chinese_chars\":{Flag(ideographs)},\"strip_accents\":{Flag(strip)},\"lowercase\":{Flag(lower)}}}");
        json.Append(",\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\"");
        json.Append($",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":1000000,\"vocab\":{{\"[UNK]\":{Unknown}");
        foreach (int c in CodePoints(0, 0x110000))
        {
            string text = c < 0x80 || c is 0x2028 or 0x2029 ? $"\\u{c:x4}" : char.ConvertFromUtf32(c);
            json.Append($",\"{text}\":{2 * c},\"##{text}\":{2 * c + 1}");
        }

        json.Append("}}}");
        File.WriteAllText(path, json.ToString());
        return new Tokenizer(path);

        static string Flag(bool value) => value ? "true" : "false";
    }

    /// <summary>Every code point from first to before end, surrogates left out.</summary>
    public static IEnumerable<int> CodePoints(int first, int end)
    {
        for (int c = first; c < end; c++)
        {
            if (c is < 0xD800 or > 0xDFFF) yield return c;
        }
    }
}
