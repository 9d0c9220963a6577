namespace Kindred.Models.Distillation;

/// <summary>What came out of a distillation.</summary>
/// <param name="Tokens">How many tokens the static model knows.</param>
/// <param name="Dimensions">The length of a vector.</param>
/// <param name="Skipped">How many of the words were left out, since a text can never give them as one token (spaces, capitals, too long, twice).</param>
public sealed record DistillationResult(int Tokens, int Dimensions, int Skipped);
