namespace Kindred.Words;

/// <summary>A word found near another.</summary>
/// <param name="Word">The word as the vocabulary spells it.</param>
/// <param name="Score">Cosine to the query, -1 to 1: higher is nearer.</param>
public readonly record struct WordNeighbor(string Word, float Score);
