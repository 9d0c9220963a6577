namespace Kindred.Vectors.Indexes;

/// <summary>Where the lists of an index stand: first all ids and codes, list after list, then all that is kept for rescoring. The same in memory and in a file.</summary>
internal sealed class IvfLayout
{
    /// <summary>Each list's ids, and each list's codes, start on a multiple of this.</summary>
    public const int Alignment = 64;

    /// <summary>The rows for rescoring start on a page of their own.</summary>
    public const int Page = 4096;

    private readonly long[] _lists;
    private readonly long[] _exact;
    private readonly int _codeBytes;

    /// <summary>Lays lists out.</summary>
    /// <param name="start">Where the first list stands, a multiple of 64.</param>
    /// <param name="counts">Rows of each list.</param>
    /// <param name="codeBytes">Bytes of a row's code.</param>
    /// <param name="exactBytes">Bytes kept of a row for rescoring, 0 or more.</param>
    /// <exception cref="OverflowException">The lists end past 2^63 bytes.</exception>
    public IvfLayout(long start, ReadOnlySpan<int> counts, int codeBytes, int exactBytes)
    {
        _codeBytes = codeBytes;
        _lists = new long[counts.Length + 1];
        _exact = new long[counts.Length + 1];
        long at = start;
        for (int i = 0; i < counts.Length; i++)
        {
            _lists[i] = at;
            at = checked(at + Aligned((long)counts[i] * sizeof(long), Alignment) + Aligned((long)counts[i] * codeBytes, Alignment));
        }

        _lists[^1] = at;
        if (exactBytes > 0) at = Aligned(at, Page);
        for (int i = 0; i < counts.Length; i++)
        {
            _exact[i] = at;
            at = checked(at + Aligned((long)counts[i] * exactBytes, Alignment));
        }

        _exact[^1] = at;
    }

    /// <summary>The byte after the last list.</summary>
    public long End => _exact[^1];

    /// <summary>The byte after the last code.</summary>
    public long CodesEnd => _lists[^1];

    /// <summary>The first byte that is kept for rescoring.</summary>
    public long ExactStart => _exact[0];

    public long Ids(int list) => _lists[list];

    public long Codes(int list, int count) => _lists[list] + Aligned((long)count * sizeof(long), Alignment);

    public long Exact(int list) => _exact[list];

    /// <summary>Bytes of a list's ids and codes, padding included.</summary>
    public long ListBytes(int list) => _lists[list + 1] - _lists[list];

    /// <summary>Bytes of a list's rows for rescoring, padding included.</summary>
    public long ExactBytes(int list) => _exact[list + 1] - _exact[list];

    public long Code(int list, int count, int row) => Codes(list, count) + ((long)row * _codeBytes);

    public static long Aligned(long bytes, int to) => checked(bytes + to - 1) / to * to;
}
