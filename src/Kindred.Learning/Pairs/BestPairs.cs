using System.Runtime.Intrinsics;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Pairs;

/// <summary>The best pairs of rows of one list seen so far; memory is of those kept.</summary>
/// <param name="room">How many are kept.</param>
/// <param name="n">Rows of the list.</param>
/// <param name="minimum">The least score.</param>
internal sealed class BestPairs(int room, int n, double minimum)
{
    private readonly Neighbor[] _pairs = new Neighbor[room];
    private readonly float _minimum = (float)minimum;
    private int _count;

    /// <summary>Products of rows from <paramref name="a"/> on with row <paramref name="b"/>; only pairs with a before b count.</summary>
    public void Offer(int a, int b, ReadOnlySpan<float> products)
    {
        float worst = _count == room && room > 0 ? Math.Max(_minimum, _pairs[0].Score) : _minimum;
        if (products.Length == QueryTile.Queries && !Vector512.GreaterThanOrEqualAny(Vector512.Create(products), Vector512.Create(worst))) return;
        var top = new TopK(_pairs, _count);
        for (int q = 0; q < products.Length && a + q < b; q++)
            if (products[q] >= _minimum) top.Offer(((long)(a + q) * n) + b, products[q]);
        _count = top.Count;
    }

    public void Add(BestPairs others)
    {
        var top = new TopK(_pairs, _count);
        foreach (var pair in others._pairs.AsSpan(0, others._count)) top.Offer(pair.Id, pair.Score);
        _count = top.Count;
    }

    public RowPair[] Sorted()
    {
        Array.Sort(_pairs, 0, _count, Comparer<Neighbor>.Create(TopK.Order));
        return [.. _pairs.Take(_count).Select(p => new RowPair((int)(p.Id / n), (int)(p.Id % n), Math.Min(1, (double)p.Score)))];
    }
}
