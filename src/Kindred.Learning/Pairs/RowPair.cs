namespace Kindred.Learning.Pairs;

/// <summary>Two rows that belong together.</summary>
/// <param name="A">The row of the first list, from 0.</param>
/// <param name="B">The row of the second list, or of the same one, from 0.</param>
/// <param name="Score">How alike they are: their cosine, or its margin where that was asked for.</param>
public readonly record struct RowPair(int A, int B, double Score);
