namespace Kindred.Models.Tokenizers;

/// <summary>What the files of a WordPiece tokenizer say.</summary>
/// <param name="Starts">Pieces that begin a word, with their ids.</param>
/// <param name="Continuations">Pieces that go on with a word, without their prefix.</param>
/// <param name="Normalization">How text is normalised before it is split.</param>
/// <param name="VocabularySize">The largest id and one.</param>
/// <param name="Unknown">The id of a word that cannot be spelt.</param>
/// <param name="Classify">The id that opens a text.</param>
/// <param name="Separate">The id that closes a text.</param>
/// <param name="Pad">The id that fills up a batch.</param>
/// <param name="MaxWordLength">The most code points of a word that is spelt.</param>
/// <param name="Prefix">What stands before a piece that goes on with a word.</param>
internal sealed record WordPieceDefinition(
    Dictionary<string, int> Starts,
    Dictionary<string, int> Continuations,
    BertNormalization Normalization,
    int VocabularySize,
    int Unknown,
    int Classify,
    int Separate,
    int Pad,
    int MaxWordLength,
    string Prefix);
