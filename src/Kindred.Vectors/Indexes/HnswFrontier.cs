using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Nodes still to be visited, nearest first, and below which score a further one would come too late. A bucket for each small range of scores: to put a node in
/// and to take one out are a few steps without a branch that nobody can foresee, and the buckets' sizes tell the limit. Nodes of a bucket come in any order.
/// </summary>
internal sealed class HnswFrontier
{
    private const int Buckets = 256;

    /// <summary>So many nodes tell what range of scores to expect.</summary>
    private const int FirstSpread = 32;

    /// <summary>In place of a next node: the node has been taken out.</summary>
    private const int Taken = -2;

    private readonly int[] _heads = new int[Buckets];
    private readonly int[] _counts = new int[Buckets];
    private readonly ulong[] _full = new ulong[Buckets / 64];
    private Waiting[] _waiting = new Waiting[1024];
    private int _used;
    private int _room;
    private int _above;
    private int _limit;
    private float _least;
    private float _scale;

    /// <summary>Whatever is not nearer than this is not wanted.</summary>
    public float Worst { get; private set; }

    /// <summary>Starts anew.</summary>
    /// <param name="room">How many nodes are wanted.</param>
    public void Clear(int room)
    {
        (_room, _used, _above, _limit, _least, _scale, Worst) = (room, 0, 0, 0, 0, 0, float.NegativeInfinity);
        Array.Fill(_heads, -1);
        Array.Clear(_counts);
        Array.Clear(_full);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(float score, int node)
    {
        if (_used == _waiting.Length) Array.Resize(ref _waiting, 2 * _used);
        int bucket = Bucket(score);
        _waiting[_used++] = new Waiting { Score = score, Node = node, Next = _heads[bucket] };
        _heads[bucket] = _used - 1;
        _full[bucket >> 6] |= 1UL << (bucket & 63);
        ++_counts[bucket];
        _above++;
        if (bucket == Buckets - 1 || _used == FirstSpread) Spread();
        else if (_above - _counts[_limit] >= _room) Raise();
    }

    /// <summary>The node that would be taken out next; −1 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Peek()
    {
        int bucket = Nearest();
        return bucket < _limit ? -1 : _waiting[_heads[bucket]].Node;
    }

    /// <summary>Takes out a node of the nearest.</summary>
    /// <returns>The node; −1 when none is left that is wanted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Pop()
    {
        int bucket = Nearest();
        if (bucket < _limit) return -1;
        ref var nearest = ref _waiting[_heads[bucket]];
        if ((_heads[bucket] = nearest.Next) < 0) _full[bucket >> 6] &= ~(1UL << (bucket & 63));
        nearest.Next = Taken;
        return nearest.Node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Nearest()
    {
        ulong[] full = _full;
        for (int word = full.Length - 1; word >= 0; word--)
            if (full[word] != 0) return (64 * word) + BitOperations.Log2(full[word]);
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Bucket(float score) => Math.Min(Math.Max(float.ConvertToIntegerNative<int>((score - _least) * _scale), 0), Buckets - 1);

    private void Raise()
    {
        while (_above - _counts[_limit] >= _room) _above -= _counts[_limit++];
        if (_limit > Buckets / 2) Spread();
        else if (_limit > 0) Worst = _least + (_limit / _scale);
    }

    /// <summary>Lays the buckets anew over the scores that are wanted, half of them for nearer ones to come.</summary>
    private void Spread()
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        if (_limit > 0) Worst = _least + (_limit / _scale);
        foreach (ref var one in _waiting.AsSpan(0, _used))
        {
            if (one.Score < Worst) continue;
            least = MathF.Min(least, one.Score);
            most = MathF.Max(most, one.Score);
        }

        float range = MathF.Max(2 * (most - least), MathF.Max(MathF.Abs(most) * 1e-6f, 1e-30f));
        (_least, _scale) = (least, Buckets / range);
        Array.Fill(_heads, -1);
        Array.Clear(_counts);
        Array.Clear(_full);
        (_above, _limit) = (0, 0);
        for (int i = 0; i < _used; i++)
        {
            ref var one = ref _waiting[i];
            if (one.Score < Worst) continue;
            int bucket = Math.Min(Bucket(one.Score), Buckets - 2);
            _counts[bucket]++;
            _above++;
            if (one.Next == Taken) continue;
            one.Next = _heads[bucket];
            _heads[bucket] = i;
            _full[bucket >> 6] |= 1UL << (bucket & 63);
        }
    }

    private struct Waiting
    {
        public float Score;
        public int Node;
        public int Next;
    }
}
