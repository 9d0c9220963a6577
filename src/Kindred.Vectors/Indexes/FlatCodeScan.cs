namespace Kindred.Vectors.Indexes;

/// <summary>The codes of a flat index as a search reads them.</summary>
/// <param name="rows">The codes.</param>
/// <param name="queryBytes">Bytes from one query to the next.</param>
/// <param name="byRow">Whether hits are told by their row instead of their id.</param>
internal readonly unsafe struct FlatCodeScan(CodeRows rows, nint queryBytes, bool byRow) : IFlatScan
{
    /// <inheritdoc/>
    public void Search(byte* queries, int m, int first, int end, Neighbor* hits, int k, int* counts, IdSet? filter)
    {
        Span<float> scores = stackalloc float[CodeRows.Chunk];
        Span<int> admitted = stackalloc int[CodeRows.Chunk];
        long place = byRow ? 0 : -1;
        new Span<int>(counts, m).Clear();

        // each chunk of codes meets all queries while it is in the cache
        for (int at = first; at < end;)
        {
            int from = at, some;
            if (filter is null) at += some = Math.Min(CodeRows.Chunk, end - at);
            else some = rows.Admitted(filter, ref at, end, admitted);
            for (int q = 0; q < m; q++)
            {
                var top = new TopK(new Span<Neighbor>(hits + ((nint)q * k), k), counts[q]);
                if (filter is null) rows.Offer(queries + (q * queryBytes), from, scores[..some], place, ref top);
                else rows.Offer(queries + (q * queryBytes), admitted[..some], scores[..some], place, ref top);
                counts[q] = top.Count;
            }
        }

        for (int q = 0; q < m; q++) new TopK(new Span<Neighbor>(hits + ((nint)q * k), k), counts[q]).Sort();
    }
}
