namespace Kindred.Store.Answers;

/// <summary>How an answer stands to the passages it was made from.</summary>
/// <param name="Faithfulness">Share of the answer's statements that a passage supports, 0 to 1; NaN where the answer states nothing.</param>
/// <param name="ContextRecall">Share of the reference answer's statements that a passage supports, 0 to 1; NaN without a reference.</param>
/// <param name="Unsupported">The answer's statements that no passage supports.</param>
public sealed record RagScore(double Faithfulness, double ContextRecall, IReadOnlyList<string> Unsupported);
