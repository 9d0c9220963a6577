namespace Kindred.Models.Tests;

internal sealed record ReferenceCase(int Index, string Text, int[] Ids, float[] Vector, int? TruncatedFrom)
{
    /// <summary>A special token written by a user: Hugging Face makes it the special id, Kindred leaves it text.</summary>
    public bool HoldsSpecialToken => new[] { "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]" }.Any(t => Text.Contains(t, StringComparison.Ordinal));
}
