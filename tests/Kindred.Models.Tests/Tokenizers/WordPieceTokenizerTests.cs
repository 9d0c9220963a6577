using System.Text.Json;
using CsCheck;
using Kindred.Models.Tokenizers;

namespace Kindred.Models.Tests.Tokenizers;

public sealed class WordPieceTokenizerTests
{
    private static readonly string Folder = ModelCatalog.Find("minilm")!.Folder;

    [Fact]
    public void The_laid_out_tokenizer_json_is_the_reference_one()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Find("reference/minilm/tokenizer.json")));
        foreach (var model in ModelCatalog.Models.Where(m => m.Kind == ModelKind.Sentence && m.MaxTokens is not null))
        {
            using var found = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model.Folder, "tokenizer.json")));
            Assert.True(JsonElement.DeepEquals(expected.RootElement, found.RootElement));
        }
    }

    [Fact]
    public void A_folder_with_vocab_txt_alone_gives_the_same_ids()
    {
        string folder = Directory.CreateTempSubdirectory("kindred").FullName;
        try
        {
            File.Copy(Path.Combine(Folder, "vocab.txt"), Path.Combine(folder, "vocab.txt"));
            var (json, plain) = (WordPieceTokenizer.Load(Folder), WordPieceTokenizer.Load(folder));
            foreach (var given in SharedData.Reference("minilm")) Assert.Equal(json.Encode(given.Text, 256, out _), plain.Encode(given.Text, 256, out _));
            Assert.Equal((json.VocabularySize, json.UnknownId, json.PadId), (plain.VocabularySize, plain.UnknownId, plain.PadId));

            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), "{\"do_lower_case\":false}");
            var cased = WordPieceTokenizer.Load(folder);
            Assert.Equal(new BertNormalization(true, true, false, false), cased.Normalization);
            Assert.Equal([cased.UnknownId], cased.Encode("River", 256, out _)[1..^1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Cutting_keeps_the_first_tokens_and_counts_all()
    {
        var tokenizer = WordPieceTokenizer.Load(Folder);
        Gen.Select(Gen.String, Gen.Int[2, 40]).Sample(
            (text, most) =>
            {
                int[] all = tokenizer.Encode(text, int.MaxValue, out int total), cut = tokenizer.Encode(text, most, out int same);
                Assert.Equal((total, total), (all.Length, same));
                Assert.Equal(all.Length <= most ? all : [.. all.Take(most - 1), tokenizer.SeparateId], cut);
            },
            iter: 3000);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("x", 1, out _));
    }

    [Fact]
    public void Ten_million_characters_without_a_space_are_one_unknown()
    {
        // quadratic work would take hours here
        var tokenizer = WordPieceTokenizer.Load(Folder);
        foreach (string unit in new[] { "x", "é", "e\u0301", "한", "\u302E\U0001D165", "\U0001D15E" })
        {
            Assert.Equal(1, tokenizer.CountTokens(string.Concat(Enumerable.Repeat(unit, 10_000_000 / unit.Length))));
        }

        Assert.Equal(10_000_000, tokenizer.CountTokens(new string('漢', 10_000_000)));
        Assert.Equal(10_000_000, tokenizer.CountTokens(new string('!', 10_000_000)));
        Assert.Equal(0, tokenizer.CountTokens(new string(' ', 10_000_000)));
        Assert.Equal([101, 100, 102], tokenizer.Encode(new string('y', 10_000_000), 256, out _));
    }

    [Fact]
    public void The_longest_word_is_spelt_and_one_letter_more_is_unknown()
    {
        var tokenizer = WordPieceTokenizer.Load(Folder);
        Assert.True(tokenizer.CountTokens(new string('a', 100)) > 1);
        Assert.Equal([tokenizer.UnknownId], tokenizer.Encode(new string('a', 101), 256, out _)[1..^1]);

        // accents that are stripped do not count
        Assert.Equal(tokenizer.CountTokens(new string('a', 100)), tokenizer.CountTokens(string.Concat(Enumerable.Repeat("á", 100))));
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var tokenizer = WordPieceTokenizer.Load(Folder);
        string text = string.Concat(SharedData.Reference("minilm").Select(c => c.Text + " "));
        tokenizer.CountTokens(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.CountTokens(text);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_lone_surrogate_is_dropped_as_the_replacement_character_is()
    {
        var tokenizer = WordPieceTokenizer.Load(Folder);
        foreach (string broken in new[] { "ri\uD83Dver", "river\uD83D", "\uDE00river", "ri\uDE00\uD83Dver" })
        {
            Assert.Equal(tokenizer.Encode(broken.Replace('\uD83D', '\uFFFD').Replace('\uDE00', '\uFFFD'), 256, out _), tokenizer.Encode(broken, 256, out _));
            Assert.Equal(tokenizer.Encode("river", 256, out _), tokenizer.Encode(broken, 256, out _));
        }
    }

    [Fact]
    public void Any_file_gives_a_tokenizer_or_the_one_exception()
    {
        string folder = Directory.CreateTempSubdirectory("kindred").FullName;
        const string Good = """
            {"added_tokens":[{"id":0,"content":"[PAD]","special":true}],"normalizer":{"type":"BertNormalizer","clean_text":true,"strip_accents":null,"lowercase":true},
            "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","cls":["[CLS]",2],"sep":["[SEP]",3]},
            "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"red":4,"##s":5}}}
            """;
        try
        {
            string path = Path.Combine(folder, "tokenizer.json");
            File.WriteAllText(path, Good);
            Assert.Equal([2, 4, 5, 3], WordPieceTokenizer.Load(folder).Encode("Reds", 9, out _));
            for (int cut = 0; cut < Good.Length; cut++) Try(Good[..cut]);
            Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Char[' ', '~']).Sample((at, c) => Try(Good[..at] + c + Good[(at + 1)..]), iter: 3000, threads: 1);
            foreach (string bad in new[] { "-1", "1e9", "\"4\"", "null", "4.5", "99999999999" })
            {
                File.WriteAllText(path, Good.Replace("\"red\":4", $"\"red\":{bad}", StringComparison.Ordinal));
                Assert.Contains("red", Assert.Throws<ModelFormatException>(() => WordPieceTokenizer.Load(folder)).Message, StringComparison.Ordinal);
            }

            File.WriteAllText(path, Good.Replace("\"special\":true", "\"special\":false", StringComparison.Ordinal));
            Assert.Equal(path, Assert.Throws<ModelFormatException>(() => WordPieceTokenizer.Load(folder)).Path);

            void Try(string text)
            {
                File.WriteAllText(path, text);
                try
                {
                    WordPieceTokenizer.Load(folder).CountTokens("Reds and more");
                }
                catch (ModelFormatException e)
                {
                    Assert.Equal(path, e.Path);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
