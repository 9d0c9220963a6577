namespace Kindred.Words.Training;

/// <summary>Draws words in proportion to a power of their counts, each draw in constant time (alias method: Walker 1977, built as by Vose 1991).</summary>
internal sealed class NoiseTable
{
    private readonly (uint Keep, int Other)[] _slots;

    internal NoiseTable(ReadOnlySpan<long> counts, double power = 0.75)
    {
        int n = counts.Length;
        double[] share = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) sum += share[i] = Math.Pow(counts[i], power);
        for (int i = 0; i < n; i++) share[i] *= n / sum;
        _slots = new (uint, int)[n];
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (int i = 0; i < n; i++) (share[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Pop();
            _slots[less] = ((uint)(share[less] * uint.MaxValue), more);
            share[more] -= 1 - share[less];
            (share[more] < 1 ? small : large).Push(more);
        }
        foreach (int i in small.Concat(large)) _slots[i] = (uint.MaxValue, i);
    }

    internal int Draw(ref Xoshiro random)
    {
        ulong bits = random.Next();
        int slot = (int)(((bits >> 32) * (ulong)_slots.Length) >> 32);
        var (keep, other) = _slots[slot];
        return (uint)bits <= keep ? slot : other;
    }
}
