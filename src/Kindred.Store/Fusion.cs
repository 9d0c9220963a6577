namespace Kindred.Store;

/// <summary>How a hybrid search brings the two lists together.</summary>
public enum Fusion
{
    /// <summary>
    /// Equal weights on the two scores, each brought to 0 to 1 within its hundred best; where both lists have the best near their top and there are more than ten, then
    /// feedback from the best five, and smoothing over like passages.
    /// </summary>
    Weighted,

    /// <summary>Reciprocal rank fusion with k = 60 (Cormack, Clarke and Büttcher 2009): looks at places alone.</summary>
    Ranks,
}
