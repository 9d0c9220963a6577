using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// The graph of Malkov and Yashunin (2018) over rows of floats. Links of the ground level stand in blocks, 2·M a node, free places holding −1;
/// links of the upper levels, which one node in M has, in an array of lists of M. It departs from the paper in three ways. Candidates of a search are one sorted
/// array with a mark on those followed, instead of two heaps: fewer branches, and ef is small. Of two candidates equally near, one is taken into
/// a node's links only if it is strictly nearer to the node than to those taken: a crowd of equal vectors then keeps links to the outside. And
/// whatever cannot be reached from the entry once a build is done is linked from the nearest node that can.
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

    /// <summary>Bytes of rows, links and levels.</summary>
    public long Bytes => (Count * ((_stride * (long)sizeof(float)) + (_m0 * (long)sizeof(int)) + 1 + sizeof(int))) + (_lists * (long)_m * sizeof(int));

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
        _levels[node] = (byte)level;
        _firstList[node] = level == 0 ? 0 : TakeLists(level);
        UpperLinks(node).Fill(-1);
        Note(node);
        return node;
    }

    /// <summary>A level by chance, 0 for most: the same for the same seed and number.</summary>
    public int LevelOf(long seed, long number)
    {
        // SplitMix64: its outputs for neighbouring numbers have nothing in common
        ulong z = (ulong)seed + ((ulong)number * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        double uniform = ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
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

    /// <summary>Links a placed node into the graph. Several threads may do so at once, each with a node and a scratch of its own.</summary>
    public void Insert(int node, HnswScratch scratch)
    {
        int level = _levels[node];
        bool higher;
        lock (_entryLock)
        {
            if (Entry < 0)
            {
                (Entry, Top) = (node, level);
                return;
            }

            higher = level > Top;
        }

        // one node above all others at a time: it becomes the entry
        if (higher) _heightLock.Enter();
        try
        {
            Link(node, level, scratch);
            if (!higher) return;
            lock (_entryLock)
            {
                if (level > Top) (Entry, Top) = (node, level);
            }
        }
        finally
        {
            if (higher) _heightLock.Exit();
        }
    }

    /// <summary>Finds the entry of the ground level: the nearest node that steps to ever nearer neighbours lead to.</summary>
    public int Descend(float* query, int downTo, out float score)
    {
        int node, top;
        lock (_entryLock) (node, top) = (Entry, Top);
        score = Score(query, node);
        for (int level = top; level > downTo; level--) node = Step(query, node, level, ref score);
        return node;
    }

    /// <summary>Searches the ground level, every node admitted: the pool then holds the nearest found, nearest first.</summary>
    /// <param name="codec">Scores codes instead of rows; null for the rows themselves.</param>
    /// <param name="codes">The codes, if there is a codec.</param>
    /// <param name="query">The query as floats, or as the codec has prepared it.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="score">Its score.</param>
    /// <param name="ef">Candidates kept.</param>
    /// <param name="scratch">Receives the candidates.</param>
    /// <returns>How many candidates the pool holds.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int SearchGround(VectorCodec? codec, byte* codes, byte* query, int entry, float score, int ef, HnswScratch scratch)
    {
        var seen = scratch.Begin(Count, ef, out ushort round);
        var pool = scratch.Pool;
        int[] rows = scratch.Rows;
        float[] scores = scratch.Scores;
        seen[entry] = round;
        pool[0] = new HnswCandidate(score, entry);
        int held = 1, at = 0, early = codec is null ? _earlyBytes : 0;
        while (at < held)
        {
            int node = pool[at].Mark;
            pool[at] = pool[at].Followed;
            int fresh = Unseen(node, seen, round, rows, early);

            // its links are wanted next, unless something nearer turns up
            if (at + 1 < held && Sse.IsSupported)
            {
                Sse.Prefetch0(Links(pool[at + 1].Node));
                Sse.Prefetch0((byte*)Links(pool[at + 1].Node) + 64);
            }

            if (codec is null) ScoreRows((float*)query, rows.AsSpan(0, fresh), scores);
            else codec.Score(query, codes, codec.CodeBytes, rows.AsSpan(0, fresh), scores);
            int first = at + 1;
            for (int i = 0; i < fresh; i++)
            {
                float found = scores[i];
                if (held == ef && found <= pool[held - 1].Score) continue;
                int place = Insert(pool, held, new HnswCandidate(found, rows[i]));
                if (held < ef) held++;
                if (place < first) first = place;
            }

            at = first;
            while (at < held && pool[at].IsFollowed) at++;
        }

        return held;
    }

    /// <summary>Searches the ground level for nodes that are admitted, by way of all others: the pool then holds the nearest of them.</summary>
    /// <param name="codec">Scores codes instead of rows; null for the rows themselves.</param>
    /// <param name="codes">The codes, if there is a codec.</param>
    /// <param name="query">The query as floats, or as the codec has prepared it.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="score">Its score.</param>
    /// <param name="admitted">Which nodes may be hits.</param>
    /// <param name="narrowing">How many of them are enough.</param>
    /// <param name="scratch">Receives the candidates.</param>
    /// <returns>How many candidates the pool holds; −1 when the walk was given up.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int SearchAdmitted<TAdmitted>(VectorCodec? codec, byte* codes, byte* query, int entry, float score, TAdmitted admitted, HnswNarrowing narrowing, HnswScratch scratch)
        where TAdmitted : struct, IAdmitted
    {
        int ef = narrowing.Ef;
        var seen = scratch.Begin(Count, ef, out ushort round);
        var pool = scratch.Pool;
        int[] rows = scratch.Rows;
        float[] scores = scratch.Scores;
        seen[entry] = round;
        int held = 0, waiting = 0, kept = ef, early = codec is null ? _earlyBytes : 0;
        long met = 1, admittedMet = 0;
        Push(scratch, ref waiting, new HnswCandidate(score, entry));
        if (admitted.Admits(entry)) (pool[held++], admittedMet) = (new HnswCandidate(score, entry), 1);
        while (waiting > 0)
        {
            var nearest = Pop(scratch.Frontier, ref waiting);
            if (held >= kept && nearest.Score < pool[kept - 1].Score) break;
            int fresh = Unseen(nearest.Node, seen, round, rows, early);
            met += fresh;
            if (met > narrowing.Most) return -1;
            if (codec is null) ScoreRows((float*)query, rows.AsSpan(0, fresh), scores);
            else codec.Score(query, codes, codec.CodeBytes, rows.AsSpan(0, fresh), scores);
            for (int i = 0; i < fresh; i++)
            {
                bool isAdmitted = admitted.Admits(rows[i]);
                if (isAdmitted) admittedMet++;
                float found = scores[i];
                if (held >= kept && found <= pool[kept - 1].Score) continue;
                Push(scratch, ref waiting, new HnswCandidate(found, rows[i]));
                if (!isAdmitted) continue;
                Insert(pool, held, new HnswCandidate(found, rows[i]));
                if (held < ef) held++;
            }

            kept = narrowing.Kept(admittedMet / (double)met);
        }

        return held;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _links.Dispose();
        _levels.Dispose();
        _firstList.Dispose();
        _upper.Dispose();
        (Count, Entry, Top) = (0, -1, -1);
    }

    private static void Push(HnswScratch scratch, ref int waiting, HnswCandidate candidate)
    {
        if (waiting == scratch.Frontier.Length) scratch.GrowFrontier();
        var heap = scratch.Frontier;
        int i = waiting++;
        for (; i > 0 && heap[(i - 1) / 2].Score < candidate.Score; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
        heap[i] = candidate;
    }

    private static HnswCandidate Pop(HnswCandidate[] heap, ref int waiting)
    {
        var nearest = heap[0];
        var last = heap[--waiting];
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= waiting) break;
            if (child + 1 < waiting && heap[child + 1].Score > heap[child].Score) child++;
            if (heap[child].Score <= last.Score) break;
            heap[hole] = heap[child];
            hole = child;
        }

        heap[hole] = last;
        return nearest;
    }

    /// <summary>Puts a candidate into its place; what falls off the end is gone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Insert(HnswCandidate[] pool, int held, HnswCandidate candidate)
    {
        int low = 0, high = held;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (pool[middle].Score >= candidate.Score) low = middle + 1;
            else high = middle;
        }

        Array.Copy(pool, low, pool, low + 1, held - low);
        pool[low] = candidate;
        return low;
    }

    /// <summary>Takes down a node's links that this search has not met, and fetches their rows.</summary>
    /// <returns>How many of <paramref name="rows"/> were filled.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Unseen(int node, Span<ushort> seen, ushort round, int[] rows, int fetchedBytes)
    {
        int* links = Links(node);
        int fresh = 0, nodes = Count;
        for (int i = 0; i < _m0; i++)
        {
            // a free place ends the list; so does what no graph of ours holds
            int next = links[i];
            if ((uint)next >= (uint)nodes) break;
            if (seen[next] == round) continue;
            seen[next] = round;
            rows[fresh++] = next;
            Float32Codec.Fetch((byte*)Row(next), fetchedBytes);
        }

        return fresh;
    }

    /// <summary>Scores rows; long ones, which <see cref="Unseen"/> does not fetch, are fetched before their turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ScoreRows(float* query, ReadOnlySpan<int> rows, Span<float> scores)
    {
        const int Ahead = 4;
        if (_earlyBytes > 0)
        {
            for (int i = 0; i < rows.Length; i++) scores[i] = Score(query, rows[i]);
            return;
        }

        int bytes = _stride * sizeof(float);
        for (int i = 0; i < Math.Min(Ahead, rows.Length); i++) Float32Codec.Fetch((byte*)Row(rows[i]), bytes);
        for (int i = 0; i < rows.Length; i++)
        {
            if (i + Ahead < rows.Length) Float32Codec.Fetch((byte*)Row(rows[i + Ahead]), bytes);
            scores[i] = Score(query, rows[i]);
        }
    }

    private Span<int> LinksAt(int node, int level) => level == 0 ? new Span<int>(Links(node), _m0) : UpperLinks(node).Slice((level - 1) * _m, _m);

    private int Step(float* query, int node, int level, ref float score)
    {
        for (bool moved = true; moved;)
        {
            moved = false;
            var links = LinksAt(node, level);
            foreach (int next in links)
            {
                if ((uint)next >= (uint)Count) break;
                Float32Codec.Fetch((byte*)Row(next), _stride * sizeof(float));
            }

            foreach (int next in links)
            {
                if ((uint)next >= (uint)Count) break;
                float found = Score(query, next);
                if (found <= score) continue;
                (node, score, moved) = (next, found, true);
            }
        }

        return node;
    }

    /// <summary>Finds a node's links from its level down, then sets them from the ground up: whoever meets the node on a level finds its links on those below.</summary>
    private void Link(int node, int level, HnswScratch scratch)
    {
        float* query = Row(node);
        int top;
        lock (_entryLock) top = Top;
        int highest = Math.Min(level, top);
        int near = Descend(query, highest, out float score);
        var chosen = scratch.Chosen(_m * (highest + 1));
        Span<int> counts = stackalloc int[highest + 1];
        for (int at = highest; at >= 0; at--)
        {
            int held = at == 0
                ? SearchGround(null, null, (byte*)query, near, score, _efConstruction, scratch)
                : SearchUpper(query, near, score, at, scratch);
            (near, score) = (scratch.Pool[0].Node, scratch.Pool[0].Score);
            counts[at] = Choose(scratch.Pool.AsSpan(0, held), _m, chosen.Slice(at * _m, _m));
        }

        for (int at = 0; at <= highest; at++)
        {
            var kept = chosen.Slice(at * _m, counts[at]);
            Lock(node);
            var links = LinksAt(node, at);
            for (int i = 0; i < kept.Length; i++) links[i] = kept[i].Node;
            Unlock(node);
            if (at == 0) Note(node);
            foreach (var candidate in kept) LinkBack(candidate.Node, node, candidate.Score, at, scratch);
        }
    }

    /// <summary>The same search on an upper level.</summary>
    private int SearchUpper(float* query, int entry, float score, int level, HnswScratch scratch)
    {
        int ef = _efConstruction;
        var seen = scratch.Begin(Count, ef, out ushort round);
        var pool = scratch.Pool;
        seen[entry] = round;
        pool[0] = new HnswCandidate(score, entry);
        int held = 1, at = 0;
        while (at < held)
        {
            int node = pool[at].Mark, first = at + 1;
            pool[at] = pool[at].Followed;
            foreach (int next in LinksAt(node, level))
            {
                if (next < 0) break;
                if (seen[next] == round) continue;
                seen[next] = round;
                float found = Score(query, next);
                if (held == ef && found <= pool[held - 1].Score) continue;
                int place = Insert(pool, held, new HnswCandidate(found, next));
                if (held < ef) held++;
                if (place < first) first = place;
            }

            at = first;
            while (at < held && pool[at].IsFollowed) at++;
        }

        return held;
    }

    /// <summary>Neighbours that lie in different directions (the paper's algorithm 4): one that is nearer to a neighbour taken than to the node is left out.</summary>
    private int Choose(ReadOnlySpan<HnswCandidate> candidates, int most, Span<HnswCandidate> kept)
    {
        int taken = 0;
        if (candidates.Length <= most && candidates.Length <= 2)
        {
            candidates.CopyTo(kept);
            return candidates.Length;
        }

        foreach (var candidate in candidates)
        {
            if (taken == most) break;
            if (IsDiverse(candidate, kept[..taken])) kept[taken++] = new HnswCandidate(candidate.Score, candidate.Node);
        }

        return taken;
    }

    private bool IsDiverse(HnswCandidate candidate, ReadOnlySpan<HnswCandidate> kept)
    {
        float* row = Row(candidate.Node);
        foreach (var other in kept)
            if (Score(row, other.Node) >= candidate.Score) return false;
        return true;
    }

    private void LinkBack(int from, int to, float score, int level, HnswScratch scratch)
    {
        Lock(from);
        try
        {
            var links = LinksAt(from, level);
            int free = links.IndexOf(-1);
            if (links[..(free < 0 ? links.Length : free)].Contains(to)) return;
            if (level == 0) Note(from);
            if (free >= 0)
            {
                links[free] = to;
                return;
            }

            // the list is full: choose anew among all of it and the new one
            var mixed = scratch.Mixed.AsSpan(0, links.Length + 1);
            float* row = Row(from);
            for (int i = 0; i < links.Length; i++) mixed[i] = new HnswCandidate(Score(row, links[i]), links[i]);
            mixed[^1] = new HnswCandidate(score, to);
            mixed.Sort(static (a, b) => b.Score.CompareTo(a.Score));
            var again = scratch.Again;
            int kept = Choose(mixed, links.Length, again);
            for (int i = 0; i < mixed.Length && kept < links.Length; i++)
                if (!Holds(again.AsSpan(0, kept), mixed[i].Node) && !IsLinked(mixed[i].Node, level, from)) again[kept++] = mixed[i];
            for (int i = 0; i < links.Length; i++) links[i] = i < kept ? again[i].Node : -1;
        }
        finally
        {
            Unlock(from);
        }
    }

    private static bool Holds(ReadOnlySpan<HnswCandidate> kept, int node)
    {
        foreach (var candidate in kept)
            if (candidate.Node == node) return true;
        return false;
    }

    /// <summary>Whether one of a node's own neighbours links to it, another than the one given: then it can be found without that one's link.</summary>
    private bool IsLinked(int node, int level, int other)
    {
        foreach (int next in LinksAt(node, level))
        {
            if (next < 0) break;
            if (next != other && LinksAt(next, level).Contains(node)) return true;
        }

        return false;
    }

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
