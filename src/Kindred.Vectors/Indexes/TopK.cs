using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Indexes;

/// <summary>Keeps the k best hits seen so far in the caller's span, as a heap whose root is the worst.</summary>
/// <param name="hits">Room for k.</param>
/// <param name="count">How many of them an earlier heap over the same span has kept.</param>
internal ref struct TopK(Span<Neighbor> hits, int count = 0)
{
    private readonly Span<Neighbor> _hits = hits;

    public int Count { get; private set; } = count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(long id, float score)
    {
        if (Count == _hits.Length && score < _hits[0].Score) return;
        // a sum of infinities, from finite components that are too large, compares with nothing: the worst there is
        Insert(new Neighbor(id, float.IsNaN(score) ? float.NegativeInfinity : score));
    }

    /// <summary>Best first: what is nearer, and of what is equally near the smaller id.</summary>
    public static int Order(Neighbor a, Neighbor b) => Worse(a, b) ? 1 : Worse(b, a) ? -1 : 0;

    /// <summary>Offers many scores; those that the worst hit beats cost a comparison in sixteen at a time.</summary>
    /// <param name="scores">None of them NaN.</param>
    /// <param name="first">The id of the first where there are no ids; the others follow.</param>
    /// <param name="ids">The id of each; null for numbers in order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Offer(scoped ReadOnlySpan<float> scores, long first, long* ids)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= scores.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                // equal to the worst: its id may be the smaller one
                float worst = Count == _hits.Length ? _hits[0].Score : float.NegativeInfinity;
                ulong better = Vector512.GreaterThanOrEqual(Vector512.Create(scores.Slice(i, Vector512<float>.Count)), Vector512.Create(worst)).ExtractMostSignificantBits();
                for (; better != 0; better &= better - 1)
                {
                    int at = i + BitOperations.TrailingZeroCount(better);
                    Offer(ids is null ? first + at : ids[at], scores[at]);
                }
            }
        }

        for (; i < scores.Length; i++) Offer(ids is null ? first + i : ids[i], scores[i]);
    }

    /// <summary>Orders the hits, best first, and returns how many there are.</summary>
    public readonly int Sort()
    {
        _hits[..Count].Sort(Order);
        return Count;
    }

    // equal scores: the smaller id is the better hit, so that results do not depend on the order of rows
    private static bool Worse(in Neighbor a, in Neighbor b) => a.Score < b.Score || (a.Score == b.Score && a.Id > b.Id);

    private void Insert(Neighbor hit)
    {
        if (Count < _hits.Length)
        {
            int i = Count++;
            for (; i > 0; i = (i - 1) / 2)
            {
                int parent = (i - 1) / 2;
                if (!Worse(hit, _hits[parent])) break;
                _hits[i] = _hits[parent];
            }

            _hits[i] = hit;
            return;
        }

        if (_hits.Length == 0 || Worse(hit, _hits[0])) return;
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= Count) break;
            if (child + 1 < Count && Worse(_hits[child + 1], _hits[child])) child++;
            if (!Worse(_hits[child], hit)) break;
            _hits[hole] = _hits[child];
            hole = child;
        }

        _hits[hole] = hit;
    }
}
