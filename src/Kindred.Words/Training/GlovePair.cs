namespace Kindred.Words.Training;

/// <summary>Two words, the commoner first, and the logarithm of how much they came together; it stands for both of its entries in the symmetric matrix.</summary>
internal readonly record struct GlovePair(int First, int Second, float Log);
