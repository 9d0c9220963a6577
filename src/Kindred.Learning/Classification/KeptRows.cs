namespace Kindred.Learning.Classification;

/// <summary>The rows a classifier was fitted to, for explanations.</summary>
internal sealed record KeptRows(IReadOnlyList<string>? Texts, DenseRows? Vectors, int[][] Labels);
