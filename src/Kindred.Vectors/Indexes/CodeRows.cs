using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>Coded rows that stand one behind the other, a list's or a flat index's, as a search offers them to its results.</summary>
/// <param name="codec">Of the codes.</param>
/// <param name="isList">Whether they are codes in a list, which the query has entered.</param>
/// <param name="codes">The first row's code.</param>
/// <param name="ids">The id of each row.</param>
internal readonly unsafe struct CodeRows(VectorCodec codec, bool isList, byte* codes, long* ids)
{
    /// <summary>Rows scored between two looks at the results.</summary>
    public const int Chunk = 512;

    private readonly nint _stride = isList ? codec.ListCodeBytes : codec.CodeBytes;

    /// <summary>Offers rows that follow one another.</summary>
    /// <param name="prepared">The query, made ready.</param>
    /// <param name="from">The first row.</param>
    /// <param name="scores">Space for a score a row: its length says how many rows.</param>
    /// <param name="place">What the number of a row is added to, to be offered as its id; −1 for the ids themselves.</param>
    /// <param name="top">The results.</param>
    public void Offer(byte* prepared, int from, scoped Span<float> scores, long place, ref TopK top)
    {
        if (isList) codec.ScoreRunInList(prepared, codes + (from * _stride), _stride, scores);
        else codec.ScoreRun(prepared, codes + (from * _stride), _stride, scores);
        top.Offer(scores, place + from, place >= 0 ? null : ids + from);
    }

    /// <summary>Offers some rows.</summary>
    /// <param name="prepared">The query, made ready.</param>
    /// <param name="rows">Which.</param>
    /// <param name="scores">Space for a score a row.</param>
    /// <param name="place">As above.</param>
    /// <param name="top">The results.</param>
    public void Offer(byte* prepared, scoped ReadOnlySpan<int> rows, scoped Span<float> scores, long place, ref TopK top)
    {
        if (isList) codec.ScoreInList(prepared, codes, _stride, rows, scores);
        else codec.Score(prepared, codes, _stride, rows, scores);
        for (int i = 0; i < rows.Length; i++) top.Offer(place >= 0 ? place + rows[i] : ids[rows[i]], scores[i]);
    }

    /// <summary>Notes the next rows that a filter admits.</summary>
    /// <param name="filter">The ids admitted.</param>
    /// <param name="at">Where to go on; where it ended afterwards.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="rows">Receives them.</param>
    /// <returns>How many were noted.</returns>
    public int Admitted(IdSet filter, ref int at, int end, Span<int> rows)
    {
        int some = 0;
        for (; at < end && some < rows.Length; at++)
            if (filter.Contains(ids[at])) rows[some++] = at;
        return some;
    }
}
