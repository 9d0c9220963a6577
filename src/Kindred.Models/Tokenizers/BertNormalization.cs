namespace Kindred.Models.Tokenizers;

/// <summary>The four switches of Hugging Face's BertNormalizer.</summary>
/// <param name="CleanText">Drop control characters, turn each kind of white space into a space.</param>
/// <param name="HandleChineseChars">Make each CJK ideograph a word of its own.</param>
/// <param name="StripAccents">Decompose and drop non-spacing marks: "é" becomes "e".</param>
/// <param name="Lowercase">Lower the case, character by character.</param>
public sealed record BertNormalization(bool CleanText, bool HandleChineseChars, bool StripAccents, bool Lowercase);
