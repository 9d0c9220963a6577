namespace Kindred.Learning.Classification;

/// <summary>A row a classifier learnt from, shown to explain what it says of another.</summary>
/// <param name="Row">Its number among the rows of the fit, from 1, or the one that <see cref="Samples.RowNumbers"/> gave it.</param>
/// <param name="Text">Its text; empty where there were vectors only.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Score">How alike the two are: the cosine of their vectors, or of their terms where there are texts only.</param>
public sealed record Explanation(int Row, string Text, IReadOnlyList<string> Labels, double Score);
