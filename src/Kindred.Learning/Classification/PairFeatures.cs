using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>
/// For trees, which part one column at a time: the numbers of a table as they were, with the difference and the product of every two of them (a power is a product, a cooling a difference); then the indicators.
/// </summary>
internal static class PairFeatures
{
    /// <summary>More numbers than this have too many pairs.</summary>
    private const int MostNumbers = 12;

    public static DenseRows Of(DenseRows rows, TableEncoder? encoder, float scale)
    {
        if (encoder is null) return rows;
        TableColumn[] numbers = [.. encoder.Columns.Where(c => c.Kind == ColumnKind.Number)];
        int count = numbers.Length;
        if (count is < 2 or > MostNumbers) return rows;
        var wide = new DenseRows(rows.Count, rows.Width + (count * (count - 1)));
        for (int i = 0; i < rows.Count; i++)
        {
            Span<float> from = rows[i], to = wide[i];
            from.CopyTo(to);
            for (int c = 0; c < count; c++)
            {
                double value = (from[c] / scale * numbers[c].Scale) + numbers[c].Mean;
                to[c] = (float)(numbers[c].Log ? Math.Exp(value) - 1 : value);
            }

            int at = rows.Width;
            for (int a = 0; a < count; a++)
            {
                for (int b = a + 1; b < count; b++)
                {
                    to[at++] = to[a] - to[b];
                    to[at++] = to[a] * to[b];
                }
            }

            foreach (ref float x in to)
                if (!float.IsFinite(x)) x = x > 0 ? float.MaxValue : float.MinValue;
        }

        return wide;
    }
}
