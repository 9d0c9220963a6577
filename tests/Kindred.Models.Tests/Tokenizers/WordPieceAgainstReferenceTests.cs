using CsCheck;
using Kindred.Models.Tokenizers;
using Tokenizers.DotNet;

namespace Kindred.Models.Tests.Tokenizers;

/// <summary>Ids against Hugging Face's own tokenizer on the same tokenizer.json.</summary>
public sealed class WordPieceAgainstReferenceTests
{
    private static readonly string Folder = ModelCatalog.Find("minilm")!.Folder;

    private static readonly string[] Special = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]"];

    /// <summary>Characters that tokenizers have tripped over: kinds of white space, marks, signs, joiners, case that changes length.</summary>
    private static readonly int[] Odd =
    [
        0, 9, 10, 11, 12, 13, 0x1C, 0x1F, 0x20, 0x7F, 0x85, 0xA0, 0xAD, 0x130, 0x131, 0x149, 0x1C4, 0x1E9E, 0x2000, 0x200B, 0x200D, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060,
        0x212A, 0x212B, 0x300, 0x301, 0x345, 0x3000, 0x302E, 0x302F, 0x3A3, 0x3C2, 0x37E, 0x387, 0x1FEF, 0x1100, 0x1161, 0x11A8, 0xAC00, 0xD7A3, 0xF900, 0xFA0E, 0xFB01, 0xFE0F,
        0xFEFF, 0xFF01, 0xFF21, 0xFFFC, 0xFFFD, 0xFFFE, 0x1D15E, 0x1D165, 0x1D16D, 0x1F600, 0x1F468, 0x1F3FD, 0x20000, 0x2B740, 0x2B920, 0x2F800, 0xE0001, 0xE0100, 0x10FFFF,
    ];

    [Fact]
    public void Every_code_point_gives_the_ids_of_the_reference()
    {
        using var reference = new Tokenizer(Path.Combine(Folder, "tokenizer.json"));
        var own = WordPieceTokenizer.Load(Folder);
        for (int block = 0; block < 0x110000; block += 4096)
        {
            int[] cases = [.. ReferenceTokenizer.CodePoints(block, block + 4096)];
            Compare(reference, own, string.Concat(cases.Select(c => $"a{char.ConvertFromUtf32(c)}b ")));
            Compare(reference, own, string.Concat(cases.Select(c => $"x {char.ConvertFromUtf32(c)} ")));
        }
    }

    [Fact]
    public void Random_texts_give_the_ids_of_the_reference()
    {
        using var reference = new Tokenizer(Path.Combine(Folder, "tokenizer.json"));
        var own = WordPieceTokenizer.Load(Folder);
        Text.Sample(text => Compare(reference, own, text), iter: 10_000, threads: 1);
    }

    /// <summary>Pieces of many kinds, put together without and with spaces.</summary>
    private static Gen<string> Text
    {
        get
        {
            static Gen<T> One<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(i => of[i]);

            static Gen<string> Of(int first, int last, int most) =>
                Gen.Int[first, last].Where(c => c is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32).Array[1, most].Select(string.Concat);

            string[] words = ["the", "unbelievable", "Straße", "İstanbul", "naïve", "C++", "e-mail@example.org", "https://a.b/c?d=e", "don't", "x86_64", "…", "--", "(a)", "100%", "ΣΊΣΥΦΟΣ", "ﬁle"];
            Gen<string> piece = Gen.Frequency(
                (6, One(words)),
                (4, Of('a', 'z', 12)),
                (2, Of(' ', '~', 12)),
                (1, Of('A', 'z', 130)),
                (2, Of(0xA1, 0x24F, 10)),
                (2, Of(0x300, 0x36F, 4)),
                (2, Of(0x370, 0x52F, 10)),
                (1, Of(0x590, 0x6FF, 8)),
                (1, Of(0x900, 0xDFF, 8)),
                (1, Of(0xE00, 0x10FF, 8)),
                (1, Of(0x1100, 0x11FF, 6)),
                (1, Of(0x2000, 0x2BFF, 6)),
                (2, Of(0x3000, 0x9FFF, 6)),
                (1, Of(0xAC00, 0xD7A3, 6)),
                (1, Of(0xF900, 0xFFFF, 6)),
                (1, Of(0x1D100, 0x1D1FF, 6)),
                (1, Of(0x1F300, 0x1FAFF, 4)),
                (1, Of(0x20000, 0x2FA1F, 4)),
                (1, Of(0, 0x10FFFF, 6)),
                (4, One(Odd).Select(char.ConvertFromUtf32).Array[1, 4].Select(string.Concat)));
            return piece.Array[0, 12].SelectMany(p => One("", " ", "  ", "\n").Select(between => string.Join(between, p)))
                .Where(t => !Special.Any(s => t.Contains(s, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Other_switches_give_what_the_reference_gives()
    {
        // the uncased vocabulary under the switches of a cased model, and each switch alone
        string json = File.ReadAllText(Path.Combine(Folder, "tokenizer.json"));
        const string Switches = "\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true";
        Assert.Contains(Switches, json, StringComparison.Ordinal);
        string folder = Directory.CreateTempSubdirectory("kindred").FullName;
        try
        {
            for (int bits = 0; bits < 16; bits++)
            {
                string Flag(int bit) => (bits & bit) != 0 ? "true" : "false";
                File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.Replace(
                    Switches, $"\"clean_text\":{Flag(1)},\"handle_chinese_chars\":{Flag(2)},\"strip_accents\":{Flag(4)},\"lowercase\":{Flag(8)}", StringComparison.Ordinal));
                using var reference = new Tokenizer(Path.Combine(folder, "tokenizer.json"));
                var own = WordPieceTokenizer.Load(folder);
                Text.Sample(text => Compare(reference, own, text), iter: 300, threads: 1);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A vocabulary of all code points shows every letter that the normalizer leaves, not only those that BERT knows; a minute and 1 GB.</summary>
    [Fact]
    public void Random_texts_are_normalised_as_the_reference_does()
    {
        string folder = Directory.CreateTempSubdirectory("kindred").FullName;
        try
        {
            string path = Path.Combine(folder, "tokenizer.json");
            using var reference = ReferenceTokenizer.OfCodePoints(true, true, true, true, path);
            string template = "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"[UNK]\",0],\"sep\":[\"[UNK]\",0]}";
            File.WriteAllText(path, File.ReadAllText(path).Replace("\"post_processor\":null", template, StringComparison.Ordinal)
                .Replace("1000000,\"vocab\"", "10000,\"vocab\"", StringComparison.Ordinal));
            var own = WordPieceTokenizer.Load(folder);
            Text.Sample(
                text => Assert.Equal(reference.Encode(text).Select(i => (int)i), own.Encode(text, 1_000_000, out _)[1..^1]), iter: 20_000, threads: 1);
            foreach (int block in Enumerable.Range(0, 0x110000 / 4096).Select(b => b * 4096))
            {
                string text = string.Concat(ReferenceTokenizer.CodePoints(block, block + 4096).Select(c => $"a{char.ConvertFromUtf32(c)}b "));
                Assert.Equal(reference.Encode(text).Select(i => (int)i), own.Encode(text, 1_000_000, out _)[1..^1]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(Tokenizer reference, WordPieceTokenizer own, string text)
    {
        uint[] expected = reference.Encode(text);
        int[] found = own.Encode(text, int.MaxValue, out int total);
        if (!expected.Select(i => (int)i).SequenceEqual(found))
        {
            Assert.Fail($"{Escape(text)}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
        }

        Assert.Equal(expected.Length, total);
        Assert.Equal(expected.Length - 2, own.CountTokens(text));
    }

    private static string Escape(string text) =>
        string.Concat(text.EnumerateRunes().Take(200).Select(r => r.Value is > 32 and < 127 ? r.ToString() : $"\\u{{{r.Value:X}}}"));
}
