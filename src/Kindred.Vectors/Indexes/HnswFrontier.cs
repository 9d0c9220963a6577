using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Nodes still to be visited, nearest first, and the score below which a further one would come too late. There is a bucket for each small range of scores: to put a
/// node in and to take one out is a few steps without a branch that nobody can foresee, and the buckets' sizes tell the limit. Nodes of a bucket come in any order.
/// </summary>
internal sealed class HnswFrontier
{
    private const int Buckets = 256;

    /// <summary>So many nodes tell which scores are to be expected; until then all are in one bucket.</summary>
    private const int FirstSpread = 32;

    /// <summary>In place of a next node: this one has been taken out.</summary>
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
        Empty();
    }

    /// <summary>Puts in a node, which may be there already with another score.</summary>
    /// <param name="score">Above <see cref="Worst"/>.</param>
    /// <param name="node">Any number from 0 on.</param>
    /// <param name="counts">Whether it is one of those that are wanted, or only a way to them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(float score, int node, bool counts)
    {
        if (_used == _waiting.Length) Array.Resize(ref _waiting, 2 * _used);
        int bucket = Math.Max(Bucket(score), _limit);
        _waiting[_used] = new Waiting { Score = score, Node = node, Next = _heads[bucket], Counts = counts };
        _heads[bucket] = _used++;
        _full[bucket >> 6] |= 1UL << (bucket & 63);
        if (counts)
        {
            _counts[bucket]++;
            _above++;
        }

        if (bucket == Buckets - 1 || _used == FirstSpread) Spread();
        else if (_above - _counts[_limit] >= _room) Raise();
    }

    /// <summary>Takes out one of the nearest.</summary>
    /// <returns>The node; −1 when none is left that is wanted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Pop()
    {
        ulong[] full = _full;
        int word = full.Length - 1;
        while (full[word] == 0)
            if (--word < 0) return -1;
        int bucket = (64 * word) + BitOperations.Log2(full[word]);
        if (bucket < _limit) return -1;
        ref var nearest = ref _waiting[_heads[bucket]];
        _heads[bucket] = nearest.Next;
        if (nearest.Next < 0) full[word] &= ~(1UL << (bucket & 63));
        nearest.Next = Taken;
        return nearest.Node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Bucket(float score) => Math.Min(Math.Max(float.ConvertToIntegerNative<int>((score - _least) * _scale), 0), Buckets - 1);

    private void Raise()
    {
        while (_above - _counts[_limit] >= _room) _above -= _counts[_limit++];
        Worst = _least + (_limit / _scale);
        if (_limit > Buckets / 2) Spread();
    }

    /// <summary>Lays the buckets anew over the scores that are wanted, half of them for nearer ones to come.</summary>
    private void Spread()
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (ref var one in _waiting.AsSpan(0, _used))
        {
            if (one.Score < Worst) continue;
            least = MathF.Min(least, one.Score);
            most = MathF.Max(most, one.Score);
        }

        // a range of its own where all are equal
        float range = MathF.Max(2 * (most - least), MathF.Max(MathF.Abs(most) * 1e-6f, 1e-30f));
        (_least, _scale, _above, _limit) = (least, Buckets / range, 0, 0);
        Empty();
        for (int i = 0; i < _used; i++)
        {
            ref var one = ref _waiting[i];
            if (one.Score < Worst) continue;
            int bucket = Bucket(one.Score);
            if (one.Counts)
            {
                _counts[bucket]++;
                _above++;
            }

            if (one.Next == Taken) continue;
            one.Next = _heads[bucket];
            _heads[bucket] = i;
            _full[bucket >> 6] |= 1UL << (bucket & 63);
        }
    }

    private void Empty()
    {
        Array.Fill(_heads, -1);
        Array.Clear(_counts);
        Array.Clear(_full);
    }

    private struct Waiting
    {
        public float Score;
        public int Node;
        public int Next;
        public bool Counts;
    }
}
