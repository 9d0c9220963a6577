namespace Kindred.Learning.Classification;

/// <summary>Rows of which few columns are not zero.</summary>
internal sealed class SparseRows(int[] starts, int[] columns, float[] values, int width)
{
    public int Count => starts.Length - 1;

    public int Width { get; } = width;

    public ReadOnlySpan<int> Columns(int row) => columns.AsSpan(starts[row], starts[row + 1] - starts[row]);

    public ReadOnlySpan<float> Values(int row) => values.AsSpan(starts[row], starts[row + 1] - starts[row]);

    public SparseRows Take(ReadOnlySpan<int> rows)
    {
        var at = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++) at[i + 1] = at[i] + Columns(rows[i]).Length;
        var (c, v) = (new int[at[^1]], new float[at[^1]]);
        for (int i = 0; i < rows.Length; i++)
        {
            Columns(rows[i]).CopyTo(c.AsSpan(at[i]));
            Values(rows[i]).CopyTo(v.AsSpan(at[i]));
        }

        return new SparseRows(at, c, v, Width);
    }

    /// <summary>Whether so many rows at least have a column, for each.</summary>
    public bool[] Columns(ReadOnlySpan<int> rows, int least)
    {
        var counts = new int[Width];
        foreach (int row in rows)
            foreach (int column in Columns(row)) counts[column]++;
        return [.. counts.Select(c => c >= least)];
    }

    /// <summary>Rows without some columns; what is left of each kind of term is of length 1 again.</summary>
    /// <param name="kept">Shape [width].</param>
    /// <param name="words">The first so many columns are of one kind, the others of the other.</param>
    public SparseRows Keep(bool[] kept, int words)
    {
        var at = new int[Count + 1];
        for (int i = 0; i < Count; i++)
        {
            at[i + 1] = at[i];
            foreach (int column in Columns(i))
                if (kept[column]) at[i + 1]++;
        }

        var (c, v) = (new int[at[^1]], new float[at[^1]]);
        Parallel.For(0, Count, i =>
        {
            ReadOnlySpan<int> from = Columns(i);
            ReadOnlySpan<float> what = Values(i);
            int to = at[i];
            var lengths = (Words: 0f, Others: 0f);
            for (int j = 0; j < from.Length; j++)
            {
                if (!kept[from[j]]) continue;
                (c[to], v[to++]) = (from[j], what[j]);
                if (from[j] < words) lengths.Words += what[j] * what[j];
                else lengths.Others += what[j] * what[j];
            }

            for (int j = at[i]; j < to; j++) v[j] /= MathF.Sqrt(c[j] < words ? lengths.Words : lengths.Others);
        });
        return new SparseRows(at, c, v, Width);
    }
}
