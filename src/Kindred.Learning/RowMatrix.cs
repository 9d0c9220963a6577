using System.Numerics;
using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning;

/// <summary>Rows as one array, row-major.</summary>
internal static class RowMatrix
{
    /// <summary>The length of the rows.</summary>
    /// <exception cref="ArgumentException">There are no rows, they are empty, or their lengths differ.</exception>
    public static int Width(IReadOnlyList<ReadOnlyMemory<float>> rows)
    {
        if (rows.Count == 0) throw new ArgumentException("There are no rows.", nameof(rows));
        int d = rows[0].Length;
        if (d == 0) throw new ArgumentException("The rows have no components.", nameof(rows));
        for (int i = 1; i < rows.Count; i++)
            if (rows[i].Length != d) throw new ArgumentException($"Row {i} has {rows[i].Length} components, the first has {d}.", nameof(rows));
        return d;
    }

    /// <exception cref="ArgumentException">A component is not finite, or all of them are more than an array holds.</exception>
    public static float[] Copy(IReadOnlyList<ReadOnlyMemory<float>> rows, int d)
    {
        if ((long)rows.Count * d > Array.MaxLength) throw new ArgumentException($"{rows.Count} rows of {d} components are more than the {Array.MaxLength} numbers that fit.", nameof(rows));
        var all = new float[rows.Count * d];
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i].Span;
            if (Metric.IndexOfNonFinite(row) is var at and >= 0) throw new ArgumentException($"Row {i}: component {at} is {row[at]}.", nameof(rows));
            row.CopyTo(all.AsSpan(i * d));
        }

        return all;
    }

    /// <summary>Takes the mean from all rows, and returns it.</summary>
    public static float[] Centre(float[] all, int d)
    {
        var sum = new double[d];
        for (int at = 0; at < all.Length; at += d)
            for (int j = 0; j < d; j++) sum[j] += all[at + j];
        float[] mean = [.. sum.Select(s => (float)(s / (all.Length / d)))];
        for (int at = 0; at < all.Length; at += d)
            for (int j = 0; j < d; j++) all[at + j] -= mean[j];
        return mean;
    }

    /// <summary>A row's direction: a copy of length 1, or 0.</summary>
    public static float[] Unit(ReadOnlyMemory<float> row)
    {
        float[] unit = row.ToArray();
        Metric.Normalize(unit);
        return unit;
    }

    /// <summary>sum += weight · row.</summary>
    public static void Add(Span<float> sum, ReadOnlySpan<float> row, float weight = 1)
    {
        var to = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var from = MemoryMarshal.Cast<float, Vector<float>>(row);
        for (int i = 0; i < to.Length; i++) to[i] += weight * from[i];
        for (int i = to.Length * Vector<float>.Count; i < sum.Length; i++) sum[i] += weight * row[i];
    }
}
