using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>
/// For trees, which part one column at a time: the numbers of a table as they were, its indicators, and the difference and the product of every two of some numbers (a power is a product, a cooling a difference).
/// </summary>
internal sealed class PairFeatures
{
    /// <summary>More numbers than this have too many pairs.</summary>
    public const int Most = 8;

    private readonly TableColumn[] numbers;
    private readonly float scale;
    private readonly int[] paired;

    /// <param name="encoder">What made the rows.</param>
    /// <param name="scale">What their components were multiplied by since.</param>
    /// <param name="paired">The places of the numbers that are paired.</param>
    public PairFeatures(TableEncoder encoder, float scale, int[] paired)
    {
        numbers = [.. encoder.Columns.Where(c => c.Kind == ColumnKind.Number)];
        (this.scale, this.paired) = (scale, paired);
    }

    /// <summary>The places of the numbers that are paired.</summary>
    public IReadOnlyList<int> Paired => paired;

    /// <summary>How many columns come of so many.</summary>
    public int Width(int dimensions) => dimensions + (paired.Length * (paired.Length - 1));

    public DenseRows Of(DenseRows rows)
    {
        var wide = new DenseRows(rows.Count, Width(rows.Width));
        for (int i = 0; i < rows.Count; i++)
        {
            Span<float> from = rows[i], to = wide[i];
            from.CopyTo(to);
            for (int c = 0; c < numbers.Length; c++)
            {
                double value = (from[c] / scale * numbers[c].Scale) + numbers[c].Mean;
                to[c] = (float)(numbers[c].Log ? Math.Exp(value) - 1 : value);
            }

            int at = rows.Width;
            for (int a = 0; a < paired.Length; a++)
            {
                for (int b = a + 1; b < paired.Length; b++)
                {
                    float x = to[paired[a]], y = to[paired[b]];
                    to[at++] = x - y;
                    to[at++] = x * y;
                }
            }

            foreach (ref float x in to)
                if (!float.IsFinite(x)) x = x > 0 ? float.MaxValue : float.MinValue;
        }

        return wide;
    }
}
