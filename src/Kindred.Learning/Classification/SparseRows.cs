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
}
