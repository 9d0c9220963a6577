using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>The codes of a flat index's rows, in the same order, and the search that reads them first.</summary>
internal sealed unsafe class FlatCodes(VectorCodec codec) : IDisposable
{
    /// <summary>Candidates of all queries that are looked for at once: a block of 16 MB.</summary>
    private const long MostCandidates = 1 << 20;

    private readonly NativeArray<byte> _codes = new();
    private readonly Float32Codec _exact = new(codec.Dimensions, codec.Metric);

    public VectorCodec Codec => codec;

    public byte* Items => _codes.Items;

    public void Reserve(long rows) => _codes.Reserve(rows * codec.CodeBytes);

    public void Borrow(byte* codes, int rows) => _codes.Borrow(codes, rows * (long)codec.CodeBytes);

    public void Encode(int row, float* vector) => codec.Encode(new ReadOnlySpan<float>(vector, codec.Dimensions), Code(row));

    public void Move(int from, int to) => Code(from).CopyTo(Code(to));

    public void Dispose() => _codes.Dispose();

    /// <summary>Finds the nearest codes, and of these the nearest vectors.</summary>
    /// <param name="rows">The vectors.</param>
    /// <param name="count">How many there are, at least 1.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="queries">As <see cref="FlatRows"/> takes them.</param>
    /// <param name="m">How many queries.</param>
    /// <param name="hits">Receives shape [m][k], nearest first.</param>
    /// <param name="k">Room for each query, at least 1.</param>
    /// <param name="counts">Receives how many were found, shape [m].</param>
    /// <param name="filter">The ids admitted; null for all.</param>
    /// <param name="rescore">How many times k hits are scored again by their vectors; 0 for none.</param>
    public void Search(FlatRows rows, int count, int workers, float* queries, int m, Neighbor* hits, int k, int* counts, IdSet? filter, int rescore)
    {
        int room = rescore == 0 ? k : (int)Math.Min(count, (long)k * rescore), most = (int)Math.Clamp(MostCandidates / room, 1, m);
        nint queryBytes = (codec.QueryBytes + 63) & ~63, candidateBytes = rescore == 0 ? 0 : (nint)room * sizeof(Neighbor);
        byte* prepared = (byte*)NativeMemory.AlignedAlloc(checked((nuint)most * (nuint)(queryBytes + candidateBytes)), 64);
        try
        {
            var candidates = (Neighbor*)(prepared + (most * queryBytes));
            var scan = new FlatCodeScan(new CodeRows(codec, isList: false, _codes.Items, rows.Ids), queryBytes, byRow: rescore > 0);
            for (int done = 0; done < m; done += most)
            {
                int some = Math.Min(most, m - done);
                float* asked = queries + (done * rows.Stride);
                var own = hits + ((nint)done * k);
                for (int q = 0; q < some; q++)
                    codec.Prepare(new ReadOnlySpan<float>(asked + (q * rows.Stride), codec.Dimensions), new Span<byte>(prepared + (q * queryBytes), codec.QueryBytes));
                FlatJob.Run(scan, count, workers, prepared, queryBytes, some, rescore == 0 ? own : candidates, room, counts + done, filter);
                if (rescore == 0) Bound(own, k, some, counts + done);
                else if (Math.Min(workers, some) > 1) ScoreAgain(rows, workers, asked, some, candidates, room, own, k, counts + done);
                else for (int q = 0; q < some; q++) counts[done + q] = ScoreAgain(rows, asked, candidates, room, own, k, q, counts[done + q]);
            }
        }
        finally
        {
            NativeMemory.AlignedFree(prepared);
        }
    }

    private Span<byte> Code(int row) => new(_codes.Items + (row * (nint)codec.CodeBytes), codec.CodeBytes);

    /// <summary>Keeps estimates of a cosine within −1 and 1.</summary>
    private void Bound(Neighbor* hits, int k, int m, int* counts)
    {
        if (codec.Metric != MetricKind.Cosine) return;
        for (int q = 0; q < m; q++)
            foreach (ref var hit in new Span<Neighbor>(hits + ((nint)q * k), counts[q])) hit = new Neighbor(hit.Id, Math.Clamp(hit.Score, -1, 1));
    }

    // apart from the search: its closure would be allocated there even for one thread
    private void ScoreAgain(FlatRows rows, int workers, float* queries, int m, Neighbor* candidates, int room, Neighbor* hits, int k, int* counts) =>
        Parallel.For(0, m, new ParallelOptions { MaxDegreeOfParallelism = workers }, q => counts[q] = ScoreAgain(rows, queries, candidates, room, hits, k, q, counts[q]));

    /// <summary>Of a query's candidates, which are rows, keeps the nearest by their vectors.</summary>
    private int ScoreAgain(FlatRows rows, float* queries, Neighbor* candidates, int room, Neighbor* hits, int k, int q, int found)
    {
        Span<float> scores = stackalloc float[CodeRows.Chunk];
        Span<int> at = stackalloc int[CodeRows.Chunk];
        var top = new TopK(new Span<Neighbor>(hits + ((nint)q * k), k));
        float limit = codec.Metric == MetricKind.Cosine ? 1 : float.PositiveInfinity;
        candidates += (nint)q * room;
        for (int from = 0; from < found; from += CodeRows.Chunk)
        {
            int some = Math.Min(CodeRows.Chunk, found - from);
            for (int i = 0; i < some; i++) at[i] = (int)candidates[from + i].Id;
            _exact.Score((byte*)(queries + (q * rows.Stride)), (byte*)rows.First, rows.Stride * sizeof(float), at[..some], scores[..some]);
            for (int i = 0; i < some; i++) top.Offer(rows.Ids[at[i]], Math.Min(Math.Max(scores[i], -limit), limit));
        }

        return top.Sort();
    }
}
