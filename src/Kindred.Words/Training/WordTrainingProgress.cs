namespace Kindred.Words.Training;

/// <summary>Where a training is.</summary>
/// <param name="Tokens">Tokens trained on so far, those thinned out included.</param>
/// <param name="Of">Tokens of all epochs.</param>
/// <param name="Epoch">Epoch in hand, from 1.</param>
/// <param name="Loss">Mean loss of a word with its noise words over what was trained since the last report, by sample; NaN before there is one.</param>
/// <param name="TokensPerSecond">Speed since the training began.</param>
public sealed record WordTrainingProgress(long Tokens, long Of, int Epoch, double Loss, double TokensPerSecond);
