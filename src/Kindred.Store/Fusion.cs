namespace Kindred.Store;

/// <summary>How a hybrid search brings the two lists together.</summary>
public enum Fusion
{
    /// <summary>
    /// Equal weights on the two scores, each brought to 0 to 1 within its hundred best; then feedback from the best three and smoothing over
    /// like passages, unless one passage clearly leads by its words.
    /// </summary>
    Weighted,

    /// <summary>Reciprocal rank fusion with k = 60 (Cormack, Clarke and Büttcher 2009): looks at places alone.</summary>
    Ranks,
}
