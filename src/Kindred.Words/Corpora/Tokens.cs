namespace Kindred.Words.Corpora;

/// <summary>How a line of a corpus is cut into tokens.</summary>
public enum Tokens
{
    /// <summary>At white space (Unicode's), each token as it is written: for a corpus that was prepared, as word2vec, GloVe and fastText take it.</summary>
    Spaces,

    /// <summary>Runs of letters, marks and digits in lower case, with apostrophes, hyphens and underscores inside: for plain text.</summary>
    Words,
}
