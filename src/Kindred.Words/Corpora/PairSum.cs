namespace Kindred.Words.Corpora;

/// <summary>Two words and a sum; ordered by the words.</summary>
/// <param name="Key">The first word + 1 above 32 bits of the second, so that no pair is 0.</param>
/// <param name="Sum">What was added.</param>
internal readonly record struct PairSum(ulong Key, long Sum) : IComparable<PairSum>
{
    internal int First => (int)(Key >> 32) - 1;

    internal int Second => (int)(uint)Key;

    internal static ulong KeyOf(int first, int second) => ((ulong)(uint)(first + 1) << 32) | (uint)second;

    public int CompareTo(PairSum other) => Key.CompareTo(other.Key);
}
