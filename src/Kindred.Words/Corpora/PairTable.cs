using System.Numerics;
using Kindred.Vectors.Indexes;

namespace Kindred.Words.Corpora;

/// <summary>Sums of pairs in a hash table (open addressing) that grows up to a bound; when it is full, its pairs go to a sorted run on disk and it begins anew.</summary>
internal sealed unsafe class PairTable : IDisposable
{
    private const int FirstSlots = 1 << 12;
    private readonly PairRuns _runs;
    private readonly int _mostSlots;
    private NativeArray<PairSum> _slots = new();
    private int _count, _room, _shift;

    /// <param name="runs">Where full tables go.</param>
    /// <param name="bytes">Memory of the table at most, a copy while it grows included.</param>
    internal PairTable(PairRuns runs, long bytes)
    {
        _runs = runs;
        _mostSlots = (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)(bytes * 2 / 3 / sizeof(PairSum)) + 1) / 2, FirstSlots, 1 << 30);
        Use(FirstSlots);
    }

    internal void Add(int first, int second, long weight)
    {
        ulong key = PairSum.KeyOf(first, second);
        PairSum* slot = Find(key);
        if (slot->Key == 0)
        {
            if (_count == _room)
            {
                Grow();
                slot = Find(key);
            }
            _count++;
        }
        *slot = new PairSum(key, slot->Sum + weight);
    }

    /// <summary>Writes all pairs to a run.</summary>
    internal void Spill()
    {
        var slots = new Span<PairSum>(_slots.Items, (int)_slots.Capacity);
        int used = 0;
        for (int i = 0; i < slots.Length; i++)
            if (slots[i].Key != 0) slots[used++] = slots[i];
        slots[..used].Sort();
        _runs.Add(slots[..used]);
        slots.Clear();
        _count = 0;
    }

    public void Dispose() => _slots.Dispose();

    private PairSum* Find(ulong key)
    {
        ulong mask = (ulong)_slots.Capacity - 1;
        ulong at = (key * 0x9E3779B97F4A7C15) >> _shift;
        PairSum* slot = _slots.Items + at;
        while (slot->Key != 0 && slot->Key != key)
        {
            at = (at + 1) & mask;
            slot = _slots.Items + at;
        }
        return slot;
    }

    private void Grow()
    {
        if (_slots.Capacity >= _mostSlots)
        {
            Spill();
            return;
        }
        using var old = _slots;
        Use((int)(2 * old.Capacity));
        for (long i = 0; i < old.Capacity; i++)
            if (old[i].Key != 0) *Find(old[i].Key) = old[i];
    }

    private void Use(int slots)
    {
        _slots = new NativeArray<PairSum>();
        _slots.Reserve(slots);
        new Span<PairSum>(_slots.Items, slots).Clear();
        _shift = 64 - BitOperations.Log2((uint)slots);
        _room = (int)(slots * 0.7);
    }
}
