using System.Runtime.CompilerServices;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// The graph of Malkov and Yashunin (2018) over rows of floats. Links of the ground level stand in blocks, 2·M a node, free places holding −1;
/// links of the upper levels, which one node in M has, in an array of lists of M. It departs from the paper in three ways. Candidates of a search are one sorted
/// array with a mark on those followed, instead of two heaps: fewer branches, and ef is small. Of two candidates equally near, one is taken into
/// a node's links only if it is strictly nearer to the node than to those taken: a crowd of equal vectors then keeps links to the outside. And
/// whatever cannot be reached from the entry once a build is done is linked from the nearest node that can, and later additions take nothing out of reach.
/// </summary>
internal sealed unsafe partial class HnswGraph : IDisposable
{
    /// <summary>The highest level: a node is so high once in M^30.</summary>
    public const int HighestLevel = 30;

    /// <summary>Rows up to this size are fetched as soon as their node is met: all the neighbours of one node then fit the first cache.</summary>
    private const int MostEarlyBytes = 1024;

    /// <summary>Locks for the links of all nodes: few builders seldom meet at one, and none is held while another is taken.</summary>
    private const int Locks = 1024;

    private readonly int _m;
    private readonly int _m0;
    private readonly int _efConstruction;
    private readonly bool _squaredL2;
    private readonly int _stride;
    private readonly int _earlyBytes;
    private readonly Lock _entryLock = new();
    private readonly Lock _heightLock = new();
    private readonly NodeBlocks _rows;
    private readonly NodeBlocks _links;
    private readonly NativeArray<byte> _levels = new();
    private readonly NativeArray<int> _firstList = new();
    private readonly NativeArray<int> _upper = new();
    private readonly Stack<int>?[] _freeLists = new Stack<int>?[HighestLevel + 1];
    private readonly int[] _locks = new int[Locks];
    private int _lists;

    public HnswGraph(int stride, MetricKind metric, HnswOptions options)
    {
        _m = options.M;
        _m0 = 2 * options.M;
        _efConstruction = options.EfConstruction;
        _stride = stride;
        _squaredL2 = metric == MetricKind.SquaredL2;
        long rowBytes = stride * (long)sizeof(float);
        _earlyBytes = rowBytes <= MostEarlyBytes ? (int)rowBytes : 0;
        int shift = NodeBlocks.ShiftFor(rowBytes);
        _rows = new NodeBlocks(rowBytes, shift);
        _links = new NodeBlocks(_m0 * (long)sizeof(int), shift);
    }

    /// <summary>Places in use, holes included.</summary>
    public int Count { get; private set; }

    /// <summary>Where every search starts; −1 in an empty graph.</summary>
    public int Entry { get; private set; } = -1;

    /// <summary>The entry's level.</summary>
    public int Top { get; private set; } = -1;

    public int M0 => _m0;

    /// <summary>Takes down the nodes whose ground links are written, for somebody who keeps more about them.</summary>
    public HashSet<int>? Changed { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int node) => (float*)_rows[node];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int* Links(int node) => (int*)_links[node];

    public int Level(int node) => _levels[node];

    /// <summary>The links of a node's upper levels, level 1 first: M for each.</summary>
    public Span<int> UpperLinks(int node) => new(_upper.Items + (_firstList[node] * (nint)_m), _levels[node] * _m);

    /// <summary>Bytes of rows, links, levels and the tree.</summary>
    public long Bytes => (Count * ((_stride * (long)sizeof(float)) + (_m0 * (long)sizeof(int)) + 1 + sizeof(int) + (IsProved ? sizeof(int) : 0))) + (_lists * (long)_m * sizeof(int));

    public void Reserve(int nodes)
    {
        _rows.Reserve(nodes);
        _links.Reserve(nodes);
        _levels.Reserve(nodes);
        _firstList.Reserve(nodes);
    }

    /// <summary>Takes over a graph that a file holds; the file stays open until this is disposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Borrow(HnswImage image)
    {
        _rows.Borrow((byte*)image.Rows, image.Count);
        _links.Borrow((byte*)image.Links, image.Count);
        _levels.Borrow(image.Levels, image.Count);
        _upper.Borrow(image.Upper, image.Lists * (long)_m);
        _firstList.Reserve(image.Count);
        for (int node = 0; node < image.Count; node++)
        {
            _firstList[node] = _lists;
            _lists += _levels[node];
        }

        (Count, Entry, Top) = (image.Count, image.Entry, image.Top);
    }

    /// <summary>Takes a place for a node and leaves it without links.</summary>
    /// <param name="vector">Shape [dimensions].</param>
    /// <param name="level">From <see cref="LevelOf"/>.</param>
    /// <param name="place">A hole, or −1 for a new place.</param>
    public int Place(ReadOnlySpan<float> vector, int level, int place)
    {
        int node = place >= 0 ? place : Count;
        if (place < 0)
        {
            Reserve(Count + 1);
            Count++;
        }

        var row = new Span<float>(Row(node), _stride);
        vector.CopyTo(row);
        row[vector.Length..].Clear();
        new Span<int>(Links(node), _m0).Fill(-1);
        if (IsProved)
        {
            _from.Reserve(Count);
            _from[node] = -1;
        }

        _levels[node] = (byte)level;
        _firstList[node] = level == 0 ? 0 : TakeLists(level);
        UpperLinks(node).Fill(-1);
        Note(node);
        return node;
    }

    /// <summary>A level by chance, 0 for most: the same for the same seed and number.</summary>
    public int LevelOf(long seed, long number)
    {
        double uniform = (SplitMix64.Mix((ulong)seed + ((ulong)number * SplitMix64.Step)) >> 11) * (1.0 / (1UL << 53));
        return Math.Min(HighestLevel, (int)(-Math.Log(1 - uniform) / Math.Log(_m)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Score(float* query, int node)
    {
        float score = _squaredL2 ? -Metric.FoldPadded<SquaredL2Step>(query, Row(node), _stride) : Metric.FoldPadded<DotStep>(query, Row(node), _stride);

        // a sum of infinities, from components that are too large, compares with nothing: the worst there is
        return score >= float.MinValue ? score : float.MinValue;
    }

    /// <summary>Asks for a row before it is needed.</summary>
    public void Fetch(int node) => Float32Codec.Fetch((byte*)Row(node), Math.Min(_stride * sizeof(float), MostEarlyBytes));

    public void Dispose()
    {
        _rows.Dispose();
        _links.Dispose();
        _levels.Dispose();
        _firstList.Dispose();
        _upper.Dispose();
        _from.Dispose();
        (Count, Entry, Top) = (0, -1, -1);
    }

    private Span<int> LinksAt(int node, int level) => level == 0 ? new Span<int>(Links(node), _m0) : UpperLinks(node).Slice((level - 1) * _m, _m);

    private void Note(int node)
    {
        if (Changed is not { } changed) return;
        lock (changed) changed.Add(node);
    }

    private int TakeLists(int level)
    {
        if (_freeLists[level]?.TryPop(out int given) == true) return given;
        int first = _lists;
        _upper.Reserve((_lists + (long)level) * _m);
        _lists += level;
        return first;
    }

    private void GiveLists(int node)
    {
        if (_levels[node] > 0) (_freeLists[_levels[node]] ??= new Stack<int>()).Push(_firstList[node]);
        (_levels[node], _firstList[node]) = (0, 0);
    }

    private void Lock(int node)
    {
        var wait = default(SpinWait);
        while (Interlocked.CompareExchange(ref _locks[node & (Locks - 1)], 1, 0) != 0) wait.SpinOnce();
    }

    private void Unlock(int node) => Volatile.Write(ref _locks[node & (Locks - 1)], 0);
}
