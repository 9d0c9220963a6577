namespace Kindred.Learning.Classification;

/// <summary>The rows a classifier was fitted to, for explanations.</summary>
/// <param name="Texts">Their texts, or what they are called; null where there is neither.</param>
/// <param name="Vectors">Their vectors.</param>
/// <param name="Labels">The classes of each.</param>
/// <param name="Numbers">Their numbers in the file, from 1; null where none was left out.</param>
internal sealed record KeptRows(IReadOnlyList<string>? Texts, DenseRows? Vectors, int[][] Labels, int[]? Numbers);
