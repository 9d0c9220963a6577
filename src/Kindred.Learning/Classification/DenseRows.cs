using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>Rows of equal length, one after another. Shape [Count, Width].</summary>
internal sealed class DenseRows(float[] values, int count, int width)
{
    public float[] Values { get; } = values;

    public int Count { get; } = count;

    public int Width { get; } = width;

    public Span<float> this[int row] => Values.AsSpan(row * Width, Width);

    public DenseRows(int count, int width)
        : this(new float[checked(count * width)], count, width)
    {
    }

    /// <exception cref="ArgumentException">Lengths differ, or a value is not finite; the row is named.</exception>
    public static DenseRows Copy(IReadOnlyList<ReadOnlyMemory<float>> rows)
    {
        var copy = new DenseRows(rows.Count, rows.Count == 0 ? 0 : rows[0].Length);
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i].Span;
            if (row.Length != copy.Width) throw new ArgumentException($"Row {i} has {row.Length} components, the first has {copy.Width}.", nameof(rows));
            foreach (float x in row)
                if (!float.IsFinite(x)) throw new ArgumentException($"Row {i} holds a value that is not a finite number.", nameof(rows));
            row.CopyTo(copy[i]);
        }

        return copy;
    }

    public DenseRows Take(ReadOnlySpan<int> rows)
    {
        var taken = new DenseRows(rows.Length, Width);
        for (int i = 0; i < rows.Length; i++) this[rows[i]].CopyTo(taken[i]);
        return taken;
    }

    /// <summary>The same rows, each of length 1 or 0.</summary>
    public DenseRows Unit()
    {
        var unit = new DenseRows([.. Values], Count, Width);
        for (int i = 0; i < Count; i++) Metric.Normalize(unit[i]);
        return unit;
    }

    public DenseRows Transpose()
    {
        var turned = new DenseRows(Width, Count);
        const int Block = 32;
        for (int i0 = 0; i0 < Count; i0 += Block)
            for (int j0 = 0; j0 < Width; j0 += Block)
                for (int i = i0; i < Math.Min(i0 + Block, Count); i++)
                    for (int j = j0; j < Math.Min(j0 + Block, Width); j++) turned.Values[(j * Count) + i] = Values[(i * Width) + j];
        return turned;
    }
}
