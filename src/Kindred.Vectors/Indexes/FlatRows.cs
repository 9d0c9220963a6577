using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>The rows of a flat index as a search reads them.</summary>
/// <param name="rows">The first row, aligned to 64 bytes.</param>
/// <param name="stride">Floats from one row to the next, a multiple of 16; those past the dimensions are zero.</param>
/// <param name="dimensions">Components of a row.</param>
/// <param name="ids">The id of each row.</param>
/// <param name="metric">How likeness is scored; rows and queries have length 1 under cosine.</param>
internal readonly unsafe struct FlatRows(float* rows, nint stride, int dimensions, long* ids, MetricKind metric) : IFlatScan
{
    /// <summary>Queries from which on they go through the tile: fewer would leave most of it idle.</summary>
    public const int FewestForTile = 3;

    /// <summary>Bytes of rows that meet all queries before the next ones are read: a part of the second cache.</summary>
    private const int BlockBytes = 256 << 10;

    private const int MostBlockRows = 1024;

    /// <summary>Floats fetched before their turn: a page, past which the hardware does not foresee a run (measured: 0.69 to 0.85 of the bandwidth without).</summary>
    private const int Ahead = 1024;

    /// <summary>The first row.</summary>
    public float* First => rows;

    /// <summary>Floats from one row to the next.</summary>
    public nint Stride => stride;

    /// <summary>The id of each row.</summary>
    public long* Ids => ids;

    /// <inheritdoc/>
    public void Search(byte* prepared, int m, int first, int end, Neighbor* hits, int k, int* counts, IdSet? filter)
    {
        float* queries = (float*)prepared;   // shape [m][stride], zero from the dimensions on
        if (m >= FewestForTile)
        {
            if (metric == MetricKind.SquaredL2) Tiles<SquaredL2Step>(queries, m, first, end, -1, hits, k, counts, filter);
            else Tiles<DotStep>(queries, m, first, end, 1, hits, k, counts, filter);
            return;
        }

        for (int q = 0; q < m; q++)
        {
            float* query = queries + (q * stride);
            var room = new Span<Neighbor>(hits + ((nint)q * k), k);
            counts[q] = metric == MetricKind.SquaredL2 ? Scan<SquaredL2Step>(query, first, end, -1, room, filter) : Scan<DotStep>(query, first, end, 1, room, filter);
        }
    }

    /// <summary>Finds all rows that score at least so much, in no order.</summary>
    public void SearchRange(float* query, int end, float minimum, IdSet? filter, List<Neighbor> hits)
    {
        if (metric == MetricKind.SquaredL2) Range<SquaredL2Step>(query, end, -1, minimum, filter, hits);
        else Range<DotStep>(query, end, 1, minimum, filter, hits);
    }

    /// <summary>Compares every row, one behind the other: several rows at once would be several streams, which memory serves more slowly.</summary>
    // compiled at full strength at once: a command that searches calls it a single time
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan<TStep>(float* query, int first, int end, float sign, Span<Neighbor> hits, IdSet? filter)
        where TStep : struct, IStep
    {
        var top = new TopK(hits);
        nint step = stride;
        int bytes = (int)step * sizeof(float);
        float limit = metric == MetricKind.Cosine ? 1 : float.PositiveInfinity;
        float* row = rows + (first * step);
        for (int i = first; i < end; i++, row += step)
        {
            if (filter is not null && !filter.Contains(ids[i])) continue;
            Float32Codec.Fetch((byte*)(row + Ahead), bytes);
            float score = Metric.FoldPadded<TStep>(query, row, step) * sign;
            top.Offer(ids[i], Math.Min(Math.Max(score, -limit), limit));
        }

        return top.Sort();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Range<TStep>(float* query, int end, float sign, float minimum, IdSet? filter, List<Neighbor> hits)
        where TStep : struct, IStep
    {
        float limit = metric == MetricKind.Cosine ? 1 : float.PositiveInfinity;
        float* row = rows;
        for (int i = 0; i < end; i++, row += stride)
        {
            if (filter is not null && !filter.Contains(ids[i])) continue;
            float score = Math.Min(Math.Max(Metric.FoldPadded<TStep>(query, row, stride) * sign, -limit), limit);
            if (score >= minimum) hits.Add(new Neighbor(ids[i], score));
        }
    }

    /// <summary>Brings each block of rows into the cache once and compares it with all queries, sixteen at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tiles<TStep>(float* queries, int m, int first, int end, float sign, Neighbor* hits, int k, int* counts, IdSet? filter)
        where TStep : struct, IStep
    {
        int groups = (m + QueryTile.Queries - 1) / QueryTile.Queries, tile = QueryTile.Rows;
        int block = (int)Math.Clamp(BlockBytes / (stride * sizeof(float)), QueryTile.MostRows, MostBlockRows);
        nint packedFloats = (nint)groups * dimensions * QueryTile.Queries;
        var scratch = (float*)NativeMemory.AlignedAlloc(checked((nuint)(packedFloats + (groups * QueryTile.Queries)) * sizeof(float)), 64);
        try
        {
            float* worst = scratch + packedFloats, sums = stackalloc float[QueryTile.MostRows * QueryTile.Queries];
            float** at = stackalloc float*[QueryTile.MostRows];
            int* admitted = stackalloc int[MostBlockRows];
            Pack(queries, m, groups, scratch);
            for (int q = 0; q < groups * QueryTile.Queries; q++) worst[q] = q < m ? float.NegativeInfinity : float.PositiveInfinity;
            new Span<int>(counts, m).Clear();
            float limit = metric == MetricKind.Cosine ? 1 : float.PositiveInfinity;
            for (int start = first; start < end; start += block)
            {
                int n = 0, stop = Math.Min(end, start + block);
                for (int i = start; i < stop; i++)
                    if (filter is null || filter.Contains(ids[i])) admitted[n++] = i;
                for (int group = 0; group < groups; group++)
                {
                    int g = group * QueryTile.Queries;
                    for (int t = 0; t < n; t += tile)
                    {
                        // the last tile is filled up with its last row, whose sums are then left alone
                        for (int r = 0; r < tile; r++) at[r] = rows + (admitted[Math.Min(t + r, n - 1)] * stride);
                        QueryTile.Fold<TStep>(scratch + ((nint)g * dimensions), at, dimensions, sums);
                        for (int r = 0; r < tile && t + r < n; r++)
                        {
                            float* scores = sums + (r * QueryTile.Queries);
                            for (uint left = Candidates(scores, sign, limit, worst + g); left != 0; left &= left - 1)
                            {
                                int lane = BitOperations.TrailingZeroCount(left), q = g + lane;
                                var top = new TopK(new Span<Neighbor>(hits + ((nint)q * k), k), counts[q]);
                                top.Offer(ids[admitted[t + r]], scores[lane]);
                                counts[q] = top.Count;
                                if (top.Count == k) worst[q] = hits[(nint)q * k].Score;
                            }
                        }
                    }
                }
            }

            for (int q = 0; q < m; q++) new TopK(new Span<Neighbor>(hits + ((nint)q * k), k), counts[q]).Sort();
        }
        finally
        {
            NativeMemory.AlignedFree(scratch);
        }
    }

    /// <summary>Turns sums into scores, and says in a bit each which are at least the worst hit so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Candidates(float* scores, float sign, float limit, float* worst)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var s = Vector512.Load(scores) * sign;
            s = Vector512.ConditionalSelect(Vector512.Equals(s, s), Vector512.Min(Vector512.Max(s, Vector512.Create(-limit)), Vector512.Create(limit)), Vector512.Create(float.NegativeInfinity));
            s.Store(scores);
            return (uint)Vector512.GreaterThanOrEqual(s, Vector512.Load(worst)).ExtractMostSignificantBits();
        }

        uint bits = 0;
        for (int lane = 0; lane < QueryTile.Queries; lane += Vector128<float>.Count)
        {
            var s = Vector128.Load(scores + lane) * sign;
            s = Vector128.ConditionalSelect(Vector128.Equals(s, s), Vector128.Min(Vector128.Max(s, Vector128.Create(-limit)), Vector128.Create(limit)), Vector128.Create(float.NegativeInfinity));
            s.Store(scores + lane);
            bits |= Vector128.GreaterThanOrEqual(s, Vector128.Load(worst + lane)).ExtractMostSignificantBits() << lane;
        }

        return bits;
    }

    /// <summary>Lays queries side by side, sixteen to a group, component by component; lanes without a query are zero.</summary>
    private void Pack(float* queries, int m, int groups, float* packed)
    {
        for (int group = 0; group < groups; group++)
        {
            int g = group * QueryTile.Queries;
            for (int j = 0; j < dimensions; j++)
                for (int lane = 0; lane < QueryTile.Queries; lane++)
                    *packed++ = g + lane < m ? queries[((g + lane) * stride) + j] : 0;
        }
    }
}
