using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Beside each node the codes of its neighbours, so that a step of a search scores all of them at once without a look at their rows (SymphonyQG: Gou et al. 2025).
/// A code has the signs of the turned way from the node c to the neighbour x (RaBitQ, Gao and Long 2024); as turning and signs are linear in the query, one
/// table a query serves all nodes. With s(v) = Σ sign[i] · (P(v − mean))[i] and g = |x − c|² / Σ |P(x − c)|, ⟨x − c, q − c⟩ is g · (s(q) − s(c)) on average, hence
/// dot: ⟨q, x⟩ = ⟨q, c⟩ + ⟨x − c, c⟩ + ⟨x − c, q − c⟩, and L2: |x − q|² = |c − q|² + |x − c|² − 2 ⟨x − c, q − c⟩. All but s(q) and the node's own score are in the record.
/// </summary>
/// <remarks>
/// A record has a block for each 32 links: the codes (<see cref="FastScan"/>), 32 factors of s(q), 32 addends, −∞ for a free place. It departs from the paper in two
/// things: what waits is in buckets, not in a sorted list, and the next node is settled on, and fetched, before the neighbours of the one at hand are scored.
/// As in the paper a node may wait several times, once for each neighbour that has scored it: the most hopeful of its estimates counts, which
/// finds more than the first one does.
/// </remarks>
internal sealed unsafe class HnswEdgeCodes : IDisposable
{
    /// <summary>What a step of the tables stands for, and the least sum; padded to keep what follows aligned.</summary>
    private const int HeadBytes = 64;

    /// <summary>From so many changed nodes on, all cores encode them.</summary>
    private const int ManyChanged = 64;

    private readonly HnswGraph _graph;
    private readonly RabitqCodec _codec;
    private readonly NodeBlocks _records;
    private readonly int _size;
    private readonly int _groups;
    private readonly int _blocks;
    private readonly int _blockBytes;
    private readonly bool _squaredL2;
    private readonly int _dimensions;

    /// <summary>Encodes the links of all nodes.</summary>
    /// <param name="graph">From now on notes whose links change.</param>
    /// <param name="codec">Of one bit; the rotation and the mean are what is used of it.</param>
    /// <param name="records">What an earlier run has encoded, if a file holds it: it keeps it until this is disposed.</param>
    public HnswEdgeCodes(HnswGraph graph, RabitqCodec codec, byte* records = null)
    {
        (_graph, _codec, _dimensions) = (graph, codec, codec.Dimensions);
        _squaredL2 = codec.Metric == MetricKind.SquaredL2;
        _size = codec.Rotation.Size;
        _groups = _size / FastScan.GroupSize;
        _blocks = Blocks(graph.M0);
        _blockBytes = BlockBytes(codec);
        RecordBytes = RecordBytesOf(codec, graph.M0);
        _records = new NodeBlocks(RecordBytes, NodeBlocks.ShiftFor(RecordBytes));
        graph.Changed = [];
        if (records != null) _records.Borrow(records, graph.Count);
        else
        {
            _records.Reserve(graph.Count);
            Parallel.For(0, graph.Count, Encode);
        }
    }

    /// <summary>Bytes of a node's record.</summary>
    public int RecordBytes { get; }

    /// <summary>Bytes of a query that has been made ready.</summary>
    public int QueryBytes => HeadBytes + (_groups * FastScan.GroupBytes) + (_size * sizeof(float));

    public static int RecordBytesOf(RabitqCodec codec, int links) => Blocks(links) * BlockBytes(codec);

    public ReadOnlySpan<byte> Record(int node) => new(_records[node], RecordBytes);

    /// <summary>Makes a query ready.</summary>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="prepared">Shape [<see cref="QueryBytes"/>], aligned to 64 bytes.</param>
    public void Prepare(ReadOnlySpan<float> query, byte* prepared)
    {
        byte* tables = prepared + HeadBytes;
        var turned = new Span<float>(tables + (_groups * FastScan.GroupBytes), _size);
        Turn(query, turned);
        float* head = (float*)prepared;
        FastScan.Prepare(turned, tables, out head[0], out head[1]);
    }

    /// <summary>Walks the ground level: visits, nearest first by what is estimated, the nodes that may be among the ef nearest, and scores them by their rows.</summary>
    /// <param name="query">Shape [stride], zero past the dimensions.</param>
    /// <param name="prepared">From <see cref="Prepare"/>.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="ef">Nodes wanted.</param>
    /// <param name="admitted">Which nodes may be hits; the others are only ways to them.</param>
    /// <param name="scratch">Its pool receives the admitted nodes visited, in the order of the visits.</param>
    /// <returns>How many the pool holds.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Search<TAdmitted>(float* query, byte* prepared, int entry, int ef, TAdmitted admitted, HnswScratch scratch)
        where TAdmitted : struct, IAdmitted
    {
        var visited = scratch.Begin(_graph.Count, ef, out ushort round);
        var pool = scratch.Pool;
        var waiting = scratch.Waiting;
        waiting.Clear(ef);
        float* estimates = stackalloc float[FastScan.Codes];
        ushort* sums = stackalloc ushort[FastScan.Codes];
        int held = 0, node = entry;
        while (node >= 0)
        {
            visited[node] = round;
            int ahead = Next(waiting, visited, round);
            if (ahead >= 0) Fetch(ahead);
            float own = _graph.Score(query, node);
            if (admitted.Admits(node))
            {
                pool[held++] = new HnswCandidate(own, node);
                if (held == ef) break;
            }

            int* links = _graph.Links(node);
            byte* block = _records[node];
            for (int b = 0; b < _blocks; b++, links += FastScan.Codes, block += _blockBytes)
            {
                for (uint near = Estimate(block, prepared, own, waiting.Worst, estimates, sums); near != 0; near &= near - 1)
                {
                    // what no graph of ours holds, a damaged file may
                    int i = BitOperations.TrailingZeroCount(near), next = links[i];
                    if ((uint)next >= (uint)visited.Length || visited[next] == round) continue;
                    waiting.Push(estimates[i], next, admitted.Admits(next));
                }
            }

            node = ahead >= 0 ? ahead : Next(waiting, visited, round);
        }

        return held;
    }

    /// <summary>Scores a node's first links, at most 32.</summary>
    /// <returns>Which are nearer than the worst: a bit each.</returns>
    internal uint Estimate(int node, byte* prepared, float own, float worst, Span<float> estimates)
    {
        ushort* sums = stackalloc ushort[FastScan.Codes];
        fixed (float* scores = estimates) return Estimate(_records[node], prepared, own, worst, scores, sums);
    }

    /// <summary>Encodes anew the links that have changed.</summary>
    public void Update()
    {
        var changed = _graph.Changed!;
        _records.Reserve(_graph.Count);
        if (changed.Count < ManyChanged)
        {
            foreach (int node in changed) Encode(node);
        }
        else Parallel.ForEach(changed, Encode);
        changed.Clear();
    }

    public void Dispose()
    {
        _graph.Changed = null;
        _records.Dispose();
    }

    private static int Blocks(int links) => (links + FastScan.Codes - 1) / FastScan.Codes;

    private static int BlockBytes(RabitqCodec codec) =>
        (codec.Rotation.Size / FastScan.GroupSize * FastScan.GroupBytes) + (2 * FastScan.Codes * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Next(HnswFrontier waiting, Span<ushort> visited, ushort round)
    {
        int node = waiting.Pop();
        while (node >= 0 && visited[node] == round) node = waiting.Pop();
        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fetch(int node)
    {
        if (!Sse.IsSupported) return;
        byte* links = (byte*)_graph.Links(node), record = _records[node], row = (byte*)_graph.Row(node);
        for (int at = 0; at < RecordBytes; at += 64) Sse.Prefetch1(record + at);
        for (int at = 0; at < _dimensions * sizeof(float); at += 64) Sse.Prefetch1(row + at);
        for (int at = 0; at < _graph.M0 * sizeof(int); at += 64) Sse.Prefetch1(links + at);
    }

    /// <summary>Scores the neighbours of a block.</summary>
    /// <returns>Which are nearer than the worst: a bit each.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Estimate(byte* block, byte* prepared, float own, float worst, float* estimates, ushort* sums)
    {
        FastScan.Add(block, prepared + HeadBytes, _groups, sums);
        float* factors = (float*)(block + (_groups * FastScan.GroupBytes)), addends = factors + FastScan.Codes;
        float step = ((float*)prepared)[0], least = ((float*)prepared)[1];
        if (Vector512.IsHardwareAccelerated)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(sums));
            var (steps, bias, from, limit) = (Vector512.Create(step), Vector512.Create(least), Vector512.Create(own), Vector512.Create(worst));
            var (lowSum, highSum) = (Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(low.AsInt32()), steps, bias), Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(high.AsInt32()), steps, bias));
            var lowScore = Vector512.MultiplyAddEstimate(Vector512.Load(factors), lowSum, Vector512.Load(addends) + from);
            var highScore = Vector512.MultiplyAddEstimate(Vector512.Load(factors + 16), highSum, Vector512.Load(addends + 16) + from);
            lowScore.Store(estimates);
            highScore.Store(estimates + 16);
            return (uint)Vector512.GreaterThan(lowScore, limit).ExtractMostSignificantBits() | ((uint)Vector512.GreaterThan(highScore, limit).ExtractMostSignificantBits() << 16);
        }

        uint near = 0;
        for (int i = 0; i < FastScan.Codes; i += 4)
        {
            var steps = Vector128.Create((int)sums[i], sums[i + 1], sums[i + 2], sums[i + 3]);
            var sum = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(steps), Vector128.Create(step), Vector128.Create(least));
            var score = Vector128.MultiplyAddEstimate(Vector128.Load(factors + i), sum, Vector128.Load(addends + i) + Vector128.Create(own));
            score.Store(estimates + i);
            near |= Vector128.GreaterThan(score, Vector128.Create(worst)).ExtractMostSignificantBits() << i;
        }

        return near;
    }

    private void Encode(int node)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(2 * _size);
        Span<float> own = rented.AsSpan(0, _size), way = rented.AsSpan(_size, _size);
        var row = new ReadOnlySpan<float>(_graph.Row(node), _dimensions);
        Turn(row, own);
        int* links = _graph.Links(node);
        byte* block = _records[node];
        new Span<byte>(block, RecordBytes).Clear();
        for (int b = 0; b < _blocks; b++, block += _blockBytes)
        {
            float* factors = (float*)(block + (_groups * FastScan.GroupBytes)), addends = factors + FastScan.Codes;
            for (int i = 0; i < FastScan.Codes; i++)
            {
                int place = (b * FastScan.Codes) + i, next = place < _graph.M0 ? links[place] : -1;
                addends[i] = float.NegativeInfinity;
                if (next < 0) continue;
                float* other = _graph.Row(next);
                for (int j = 0; j < _dimensions; j++) way[j] = other[j] - row[j];
                float square = Metric.Dot(way[.._dimensions], way[.._dimensions]), along = Metric.Dot(way[.._dimensions], row);
                way[_dimensions..].Clear();
                _codec.Rotation.Apply(way);
                var (magnitudes, ownSum) = FastScan.Encode(way, own, block, i);
                float factor = magnitudes > 0 ? square / magnitudes : 0;
                factors[i] = _squaredL2 ? 2 * factor : factor;
                addends[i] = (_squaredL2 ? -square : along) - (factors[i] * ownSum);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private void Turn(ReadOnlySpan<float> vector, Span<float> turned)
    {
        var mean = _codec.Mean;
        for (int i = 0; i < vector.Length; i++) turned[i] = vector[i] - mean[i];
        turned[vector.Length..].Clear();
        _codec.Rotation.Apply(turned);
    }
}
