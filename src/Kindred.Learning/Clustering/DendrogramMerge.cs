namespace Kindred.Learning.Clustering;

/// <summary>One joining of two clusters.</summary>
/// <param name="A">A row, or n + the number of an earlier joining.</param>
/// <param name="B">The other one.</param>
/// <param name="Height">How far they were from each other.</param>
/// <param name="Size">Rows of the joint cluster.</param>
public readonly record struct DendrogramMerge(int A, int B, double Height, int Size);
