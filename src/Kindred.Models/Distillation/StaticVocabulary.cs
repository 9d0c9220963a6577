using Kindred.Models.Tokenizers;

namespace Kindred.Models.Distillation;

/// <summary>The tokens of a static model: "[PAD]", "[UNK]", the words that were asked for, then the pieces of the teacher that are not among them.</summary>
internal sealed class StaticVocabulary
{
    private readonly WordPieceTokenizer tokenizer;

    private StaticVocabulary(WordPieceTokenizer teacher, List<string> tokens, List<int> ranks, int skipped)
    {
        (Tokens, Ranks, Skipped) = (tokens, ranks, skipped);
        tokenizer = Tokenizer(teacher, tokens);
        (Prefix, MaxWordLength, Normalization) = (teacher.Prefix, teacher.MaxWordLength, teacher.Normalization);
    }

    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Each token's place by frequency, 0 for the commonest; what stands in no list comes last of all.</summary>
    public IReadOnlyList<int> Ranks { get; }

    /// <summary>How many words can never be one token.</summary>
    public int Skipped { get; }

    public string Prefix { get; }

    public int MaxWordLength { get; }

    public BertNormalization Normalization { get; }

    public static StaticVocabulary Of(WordPieceTokenizer teacher, IReadOnlyList<string> words)
    {
        string[] pieces = [.. teacher.Vocabulary.Where(p => !IsSpecial(p.Key) && p.Value != teacher.UnknownId).OrderBy(p => p.Value).Select(p => p.Key)];
        var asked = new HashSet<string>(words, StringComparer.Ordinal);
        List<string> all = ["[PAD]", "[UNK]", .. asked, .. pieces.Where(p => !asked.Contains(p))];
        var trial = Tokenizer(teacher, all);
        var tokens = new List<string>(all.Count);
        var ranks = new List<int>(all.Count);
        int[] found = new int[2];
        for (int id = 0; id < all.Count; id++)
        {
            bool word = id >= 2 && id < 2 + asked.Count;
            bool whole = !word || teacher.Vocabulary.ContainsKey(all[id]) || (trial.Split(all[id], found) == 1 && found[0] == id);
            if (!whole || (word && IsSpecial(all[id]))) continue;
            tokens.Add(all[id]);
            ranks.Add(id < 2 ? all.Count - 1 : word || words.Count == 0 ? id - 2 : asked.Count);
        }

        return new StaticVocabulary(teacher, tokens, ranks, words.Count - tokens.Skip(2).Count(asked.Contains));
    }

    /// <summary>What the teacher reads for each token: the pieces of a word, or the one piece it is, between its special ids.</summary>
    public IEnumerable<int[]> TeacherIds(WordPieceTokenizer teacher, int maxTokens) => Tokens.Select((token, id) =>
        id < 2 ? [teacher.ClassifyId, teacher.SeparateId]
        : teacher.Vocabulary.TryGetValue(token, out int piece) ? [teacher.ClassifyId, piece, teacher.SeparateId]
        : teacher.Encode(token, maxTokens, out _));

    /// <summary>The known tokens of a text.</summary>
    public int[] Encode(string text)
    {
        int[] ids = new int[WordPieceTokenizer.MostPieces(text)];
        return [.. ids.AsSpan(0, tokenizer.Split(text, ids)).ToArray().Where(id => id != tokenizer.UnknownId)];
    }

    private static bool IsSpecial(string piece) => piece.Length > 2 && piece[0] == '[' && piece[^1] == ']';

    private static WordPieceTokenizer Tokenizer(WordPieceTokenizer teacher, List<string> tokens)
    {
        var pieces = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        foreach (string token in tokens) pieces.Add(token, pieces.Count);
        return new WordPieceTokenizer(WordPieceFiles.Define("", pieces, teacher.Normalization, "[UNK]", teacher.Prefix, teacher.MaxWordLength, "[UNK]", "[UNK]"));
    }
}
