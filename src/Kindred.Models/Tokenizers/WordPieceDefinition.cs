namespace Kindred.Models.Tokenizers;

/// <summary>What the files of a WordPiece tokenizer say.</summary>
/// <param name="Starts">Pieces that begin a word, with their ids.</param>
/// <param name="Continuations">Pieces that go on with a word, without their prefix.</param>
internal sealed record WordPieceDefinition(
    Dictionary<string, int> Starts,
    Dictionary<string, int> Continuations,
    BertNormalization Normalization,
    int VocabularySize,
    int Unknown,
    int Classify,
    int Separate,
    int Pad,
    int MaxWordLength);
