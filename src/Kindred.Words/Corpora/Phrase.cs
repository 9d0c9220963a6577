namespace Kindred.Words.Corpora;

/// <summary>Two words that are one: <c>new york</c>.</summary>
/// <param name="Pass">Pass that found it, from 1; the words of later passes may be joined ones.</param>
/// <param name="First">First word.</param>
/// <param name="Second">Second word.</param>
/// <param name="Count">How often they stand side by side.</param>
/// <param name="Score">How much more often than words that have nothing to do with each other.</param>
public sealed record Phrase(int Pass, string First, string Second, long Count, double Score);
