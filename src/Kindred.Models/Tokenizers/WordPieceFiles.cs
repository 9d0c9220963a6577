using System.Text.Json;

namespace Kindred.Models.Tokenizers;

/// <summary>Reads the tokenizer files of a model folder.</summary>
internal static class WordPieceFiles
{
    private const int MaxVocabulary = 10_000_000, MaxWord = 10_000;

    /// <param name="folder">The model folder.</param>
    /// <param name="lower">The model lowers its texts before they reach the tokenizer.</param>
    /// <param name="bare">Nothing stands around a text, so the special tokens need not be there.</param>
    public static WordPieceDefinition Read(string folder, bool lower, bool bare = false)
    {
        string json = Path.Combine(folder, "tokenizer.json"), vocabulary = Path.Combine(folder, "vocab.txt");
        var definition = File.Exists(json) ? Json.Read(json, root => FromTokenizerJson(json, root, bare))
            : File.Exists(vocabulary) ? FromVocabulary(vocabulary, Path.Combine(folder, "tokenizer_config.json"))
            : throw new ModelFormatException(folder, "tokenizer.json", "is missing, and so is vocab.txt");
        return lower ? definition with { Normalization = definition.Normalization with { Lowercase = true } } : definition;
    }

    /// <summary>The files that decide the ids, for a fingerprint.</summary>
    public static IEnumerable<string> Files(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) ? ["tokenizer.json"] : ["vocab.txt", "tokenizer_config.json"];

    private static WordPieceDefinition FromTokenizerJson(string path, JsonElement root, bool bare)
    {
        var model = root.Need(path, "model");
        string type = model.TextOrNull(path, "type") ?? (model.Get(path, "continuing_subword_prefix") is null ? "(none)" : "WordPiece");
        if (type != "WordPiece") throw new ModelFormatException(path, "model.type", $"{type} is not known here, only WordPiece");

        var normalizer = root.Need(path, "normalizer");
        if (normalizer.Text(path, "type") is var kind && kind != "BertNormalizer")
        {
            throw new ModelFormatException(path, "normalizer.type", $"{kind} is not known here, only BertNormalizer");
        }

        if (root.Need(path, "pre_tokenizer").Text(path, "type") is var splitter && splitter != "BertPreTokenizer")
        {
            throw new ModelFormatException(path, "pre_tokenizer.type", $"{splitter} is not known here, only BertPreTokenizer");
        }

        bool lowercase = normalizer.Flag(path, "lowercase", true);
        var normalization = new BertNormalization(
            normalizer.Flag(path, "clean_text", true),
            normalizer.Flag(path, "handle_chinese_chars", true),
            normalizer.Flag(path, "strip_accents", lowercase),
            lowercase);

        var pieces = new Dictionary<string, int>(StringComparer.Ordinal);
        var vocabulary = model.Need(path, "vocab");
        if (vocabulary.ValueKind != JsonValueKind.Object) throw new ModelFormatException(path, "model.vocab", "is not an object");
        foreach (var piece in vocabulary.EnumerateObject())
        {
            if (piece.Value.ValueKind != JsonValueKind.Number || !piece.Value.TryGetInt32(out int id) || id is < 0 or >= MaxVocabulary)
            {
                throw new ModelFormatException(path, "model.vocab", $"\"{piece.Name}\" has no id from 0 to {MaxVocabulary - 1}");
            }

            pieces[piece.Name] = id;
        }

        CheckAddedTokens(path, root, pieces);
        string unknown = model.TextOrNull(path, "unk_token") ?? "[UNK]";
        var (classify, separate) = bare ? (unknown, unknown) : Template(path, root.Need(path, "post_processor"));
        return Define(
            path,
            pieces,
            normalization,
            unknown,
            model.TextOrNull(path, "continuing_subword_prefix") ?? "##",
            model.Whole(path, "max_input_chars_per_word", 1, MaxWord) ?? 100,
            classify,
            separate);
    }

    /// <summary>Special tokens only name ids; any other would be cut out of a text before it is split, which is not done here.</summary>
    private static void CheckAddedTokens(string path, JsonElement root, Dictionary<string, int> pieces)
    {
        if (root.Get(path, "added_tokens") is not { } added) return;
        if (added.ValueKind != JsonValueKind.Array) throw new ModelFormatException(path, "added_tokens", "is not an array");
        foreach (var token in added.EnumerateArray())
        {
            string content = token.Text(path, "content");
            if (!token.Flag(path, "special", false)) throw new ModelFormatException(path, "added_tokens", $"\"{content}\" is not special, and such tokens are not known here");
            int id = token.Whole(path, "id", 0, MaxVocabulary - 1) ?? throw new ModelFormatException(path, "added_tokens", $"\"{content}\" has no id");
            pieces.TryAdd(content, id);
        }
    }

    /// <summary>The names of the tokens that open and close a text.</summary>
    private static (string Classify, string Separate) Template(string path, JsonElement processor)
    {
        const string Field = "post_processor";
        switch (processor.Text(path, "type"))
        {
            case "BertProcessing":
                return (Name("cls"), Name("sep"));
            case "TemplateProcessing":
                var single = processor.Need(path, "single");
                if (single.ValueKind == JsonValueKind.Array && single.GetArrayLength() == 3
                    && single[0].Get(path, "SpecialToken") is { } first && single[1].Get(path, "Sequence") is not null && single[2].Get(path, "SpecialToken") is { } last)
                {
                    return (first.Text(path, "id"), last.Text(path, "id"));
                }

                throw new ModelFormatException(path, Field, "the template of a single text is not one special token, the text, one special token");
            case var type:
                throw new ModelFormatException(path, "post_processor.type", $"{type} is not known here, only TemplateProcessing and BertProcessing");
        }

        string Name(string property)
        {
            var pair = processor.Need(path, property);
            return pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String
                ? pair[0].GetString()!
                : throw new ModelFormatException(path, Field, $"{property} is not a name and an id");
        }
    }

    private static WordPieceDefinition FromVocabulary(string path, string configuration)
    {
        var pieces = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                if (pieces.Count >= MaxVocabulary) throw new ModelFormatException(path, "", $"has more than {MaxVocabulary} lines");
                if (line.Length > 4 * MaxWord) throw new ModelFormatException(path, $"line {pieces.Count + 1}", "is too long for a piece");
                if (!pieces.TryAdd(line, pieces.Count)) throw new ModelFormatException(path, $"line {pieces.Count + 1}", $"\"{line}\" stands twice");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "", e.Message, e);
        }

        var normalization = !File.Exists(configuration) ? new BertNormalization(true, true, true, true) : Json.Read(configuration, root =>
        {
            bool lowercase = root.Flag(configuration, "do_lower_case", true);
            return new BertNormalization(
                true,
                root.Flag(configuration, "tokenize_chinese_chars", true),
                root.Flag(configuration, "strip_accents", lowercase),
                lowercase);
        });
        return Define(path, pieces, normalization, "[UNK]", "##", 100, "[CLS]", "[SEP]");
    }

    internal static WordPieceDefinition Define(
        string path, Dictionary<string, int> pieces, BertNormalization normalization, string unknown, string prefix, int maxWord, string classify, string separate)
    {
        if (prefix.Length == 0) throw new ModelFormatException(path, "continuing_subword_prefix", "is empty");
        var starts = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        var continuations = new Dictionary<string, int>(StringComparer.Ordinal);
        int size = 0;
        foreach (var (piece, id) in pieces)
        {
            size = Math.Max(size, id + 1);
            if (piece.StartsWith(prefix, StringComparison.Ordinal)) continuations.TryAdd(piece[prefix.Length..], id);
            starts.TryAdd(piece, id);
        }

        int Id(string name) => pieces.TryGetValue(name, out int id) ? id : throw new ModelFormatException(path, "vocab", $"has no {name}");
        return new WordPieceDefinition(
            starts, continuations, normalization, size, Id(unknown), Id(classify), Id(separate), pieces.GetValueOrDefault("[PAD]"), maxWord, prefix);
    }
}
