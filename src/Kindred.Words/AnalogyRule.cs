namespace Kindred.Words;

/// <summary>How the words of an analogy are combined: x to king as woman to man.</summary>
public enum AnalogyRule
{
    /// <summary>3CosAdd: the greatest cosine to the sum of unit vectors, king - man + woman.</summary>
    /// <remarks>T. Mikolov, W. Yih, G. Zweig, "Linguistic regularities in continuous space word representations", NAACL 2013, section 4.</remarks>
    Add,

    /// <summary>3CosMul: the greatest cos(x, king) · cos(x, woman) / (cos(x, man) + 0.001), each cosine moved to 0 to 1. No one word outweighs the others.</summary>
    /// <remarks>O. Levy, Y. Goldberg, "Linguistic regularities in sparse and explicit word representations", CoNLL 2014, section 6.</remarks>
    Multiply,
}
