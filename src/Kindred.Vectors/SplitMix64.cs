namespace Kindred.Vectors;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014, figure 16): the same numbers on every version of the runtime, and none that neighbouring states have in common.</summary>
internal static class SplitMix64
{
    /// <summary>What the state grows by from number to number.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The next number.</summary>
    public static ulong Next(ref ulong state) => Mix(state += Step);

    /// <summary>The number of a state.</summary>
    public static ulong Mix(ulong state)
    {
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
