namespace Kindred.Learning.Evaluation;

/// <summary>Correlation of two samples of equal length.</summary>
public static class Correlation
{
    /// <summary>Pearson's r: covariance over the product of deviations. NaN when either sample is constant.</summary>
    /// <param name="x">Shape [n], n at least 2.</param>
    /// <param name="y">Shape [n].</param>
    /// <exception cref="ArgumentException">The lengths differ or are under 2.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"x has {x.Length} values, y has {y.Length}.", nameof(y));
        if (x.Length < 2) throw new ArgumentException("A correlation needs at least two pairs.", nameof(x));
        double mx = Mean(x), my = Mean(y), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - mx, dy = y[i] - my;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }

        return xx == 0 || yy == 0 ? double.NaN : Math.Clamp(xy / Math.Sqrt(xx * yy), -1, 1);
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks, ties sharing their mean rank. NaN when either sample is constant.</summary>
    /// <param name="x">Shape [n], n at least 2.</param>
    /// <param name="y">Shape [n].</param>
    /// <exception cref="ArgumentException">The lengths differ or are under 2.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    private static double Mean(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x) sum += v;
        return sum / x.Length;
    }

    private static double[] Ranks(ReadOnlySpan<double> x)
    {
        double[] sorted = x.ToArray();
        int[] order = [.. Enumerable.Range(0, x.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[x.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = start + 1;
            while (end < order.Length && sorted[end] == sorted[start]) end++;
            for (int i = start; i < end; i++) ranks[order[i]] = (start + end + 1) / 2.0;
            start = end;
        }

        return ranks;
    }
}
