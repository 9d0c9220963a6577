using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Sign codes of each node's neighbours beside one another, so that a step of a search scores them all at once without a look at their rows (SymphonyQG: Gou
/// et al. 2025; the codes are RaBitQ's, Gao and Long 2024, of the way from the node to the neighbour). 
/// </summary>
internal sealed unsafe class HnswEdgeCodes : IDisposable
{
    private const int HeadBytes = 64;
    private readonly HnswGraph _graph;
    private readonly RabitqCodec _codec;
    private readonly int _size;
    private readonly int _groups;
    private readonly int _blocks;
    private readonly int _blockBytes;
    private readonly int _recordBytes;
    private readonly bool _squaredL2;
    private readonly int _dimensions;
    private byte* _records;
    private readonly int _capacity;
    public static readonly int Knob = int.Parse(Environment.GetEnvironmentVariable("KNOB") ?? "0", null);
    public static long Hops, Inserts;

    public HnswEdgeCodes(HnswGraph graph, RabitqCodec codec)
    {
        (_graph, _codec, _dimensions) = (graph, codec, codec.Dimensions);
        _size = codec.Rotation.Size;
        _groups = _size / FastScan.GroupSize;
        _blocks = (graph.M0 + FastScan.Codes - 1) / FastScan.Codes;
        _blockBytes = (_groups * FastScan.GroupBytes) + (2 * FastScan.Codes * sizeof(float));
        _recordBytes = _blocks * _blockBytes;
        _squaredL2 = codec.Metric == MetricKind.SquaredL2;
        _capacity = graph.Count;
        _records = (byte*)NativeBlock.Allocate((nuint)_capacity * (nuint)_recordBytes);
        Parallel.For(0, graph.Count, Encode);
    }

    ~HnswEdgeCodes() => NativeBlock.Free(_records);

    public int RecordBytes => _recordBytes;

    public int QueryBytes => HeadBytes + (_groups * FastScan.GroupBytes);

    public void Prepare(ReadOnlySpan<float> query, byte* prepared)
    {
        Span<float> rest = stackalloc float[_size];
        Centre(query, rest);
        _codec.Rotation.Apply(rest);
        FastScan.Prepare(rest, prepared + HeadBytes, out ((float*)prepared)[0], out ((float*)prepared)[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Search(float* query, byte* prepared, int entry, float score, int ef, HnswScratch scratch)
    {
        bool dup = (Knob & 1) != 0, pipe = (Knob & 2) != 0, prefetchNew = (Knob & 4) != 0;
        var seen = scratch.Begin(_graph.Count, ef, out ushort round);
        var visited = scratch.Pool;
        var frontier = scratch.Waiting;
        frontier.Clear(ef);
        float* estimates = stackalloc float[FastScan.Codes];
        ushort* sums = stackalloc ushort[FastScan.Codes];
        int hops = 0, node = entry;
        if (!dup) seen[entry] = round;
        while (true)
        {
            int ahead = pipe ? frontier.Pop() : frontier.Peek();
            if (ahead >= 0) Fetch(ahead);
            if (!dup || seen[node] != round)
            {
                seen[node] = round;
                float own = _graph.Score(query, node);
                visited[hops++] = new HnswCandidate(own, node);
                if (hops == ef) break;
                int* links = _graph.Links(node);
                byte* record = Record(node);
                for (int b = 0; b < _blocks; b++, links += FastScan.Codes, record += _blockBytes)
                {
                    uint near = Estimate(record, prepared, own, frontier.Worst, estimates, sums);
                    for (; near != 0; near &= near - 1)
                    {
                        int i = BitOperations.TrailingZeroCount(near), next = links[i];
                        if (seen[next] == round) continue;
                        if (!dup) seen[next] = round;
                        Inserts++;
                        frontier.Push(estimates[i], next);
                    }
                }
            }

            if (pipe && ahead >= 0)
            {
                node = ahead;
            }
            else node = frontier.Pop();
            if (node < 0) break;
        }

        Hops += hops;
        return hops;
    }

    public void Dispose()
    {
        NativeBlock.Free(_records);
        _records = null;
        GC.SuppressFinalize(this);
    }

    private byte* Record(int node) => _records + (node * (nint)_recordBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fetch(int node)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(_graph.Links(node));
        Sse.Prefetch0(_graph.Links(node) + 16);
        byte* record = Record(node);
        for (int i = 0; i < _recordBytes; i += 64) Sse.Prefetch1(record + i);
        byte* row = (byte*)_graph.Row(node);
        for (int i = 0; i < _dimensions * sizeof(float); i += 64) Sse.Prefetch1(row + i);
    }

    /// <summary>Scores the neighbours of a block.</summary>
    /// <returns>Which are nearer than the worst: a bit each.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Estimate(byte* record, byte* prepared, float own, float worst, float* estimates, ushort* sums)
    {
        FastScan.Add(record, prepared + HeadBytes, _groups, sums);
        float* factors = (float*)(record + (_groups * FastScan.GroupBytes)), addends = factors + FastScan.Codes;
        float step = ((float*)prepared)[0], least = ((float*)prepared)[1];
        if (Vector512.IsHardwareAccelerated)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(sums));
            var (steps, bias, from, limit) = (Vector512.Create(step), Vector512.Create(least), Vector512.Create(own), Vector512.Create(worst));
            var a = Vector512.FusedMultiplyAdd(Vector512.Load(factors), Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(low.AsInt32()), steps, bias), Vector512.Load(addends) + from);
            var b = Vector512.FusedMultiplyAdd(Vector512.Load(factors + 16), Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(high.AsInt32()), steps, bias), Vector512.Load(addends + 16) + from);
            a.Store(estimates);
            b.Store(estimates + 16);
            return (uint)Vector512.GreaterThan(a, limit).ExtractMostSignificantBits() | ((uint)Vector512.GreaterThan(b, limit).ExtractMostSignificantBits() << 16);
        }

        uint near = 0;
        for (int i = 0; i < FastScan.Codes; i++)
        {
            estimates[i] = (factors[i] * ((sums[i] * step) + least)) + addends[i] + own;
            if (estimates[i] > worst) near |= 1u << i;
        }

        return near;
    }

    private void Encode(int node)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(2 * _size);
        Span<float> own = rented.AsSpan(0, _size), way = rented.AsSpan(_size, _size);
        var centre = new ReadOnlySpan<float>(_graph.Row(node), _dimensions);
        Centre(centre, own);
        _codec.Rotation.Apply(own);
        int* links = _graph.Links(node);
        byte* record = Record(node);
        new Span<byte>(record, _recordBytes).Clear();
        for (int b = 0; b < _blocks; b++, record += _blockBytes)
        {
            float* factors = (float*)(record + (_groups * FastScan.GroupBytes)), addends = factors + FastScan.Codes;
            for (int i = 0; i < FastScan.Codes; i++)
            {
                int place = (b * FastScan.Codes) + i;
                addends[i] = float.NegativeInfinity;
                if (place >= _graph.M0 || links[place] < 0) continue;
                float* row = _graph.Row(links[place]);
                double square = 0, along = 0;
                for (int j = 0; j < _dimensions; j++)
                {
                    way[j] = row[j] - centre[j];
                    square += (double)way[j] * way[j];
                    along += (double)way[j] * centre[j];
                }

                way[_dimensions..].Clear();
                _codec.Rotation.Apply(way);
                double magnitudes = 0, ownSum = 0;
                for (int j = 0; j < _size; j++)
                {
                    magnitudes += Math.Abs(way[j]);
                    ownSum += way[j] >= 0 ? own[j] : -own[j];
                    if (way[j] >= 0) record[((j / 4) * 16) + (i % 16)] |= (byte)(1 << ((j % 4) + (i < 16 ? 0 : 4)));
                }

                double factor = magnitudes > 0 ? square / magnitudes : 0;
                if (_squaredL2) factor *= 2;
                factors[i] = (float)factor;
                addends[i] = (float)((_squaredL2 ? -square : along) - (factor * ownSum));
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private void Centre(ReadOnlySpan<float> vector, Span<float> rest)
    {
        for (int i = 0; i < _dimensions; i++) rest[i] = vector[i] - _codec.Mean[i];
        rest[_dimensions..].Clear();
    }
}
