namespace Kindred.Learning.Duplicates;

/// <summary>A row that repeats another.</summary>
/// <param name="Row">The row, from 0.</param>
/// <param name="Keeps">The row that stays for it: always an earlier one, and no duplicate itself.</param>
/// <param name="Method">What makes it a duplicate.</param>
/// <param name="Score">How alike the two are: 1 for equal ones, else at least the method's threshold.</param>
public readonly record struct Duplicate(int Row, int Keeps, DuplicateMethod Method, double Score);
