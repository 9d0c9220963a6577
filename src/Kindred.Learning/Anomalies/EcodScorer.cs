namespace Kindred.Learning.Anomalies;

/// <summary>
/// Tail probabilities of each component by its empirical distribution, their negative logarithms added up (ECOD, Li et al. 2022): the largest of the sums
/// over left tails, over right tails, and over the tail each component is skewed to.
/// </summary>
internal sealed class EcodScorer : IScorer
{
    private readonly Rows _rows;
    private readonly float[][] _sorted;
    private readonly bool[] _left;

    public EcodScorer(Rows rows)
    {
        _rows = rows;
        _sorted = new float[rows.Dimensions][];
        _left = new bool[rows.Dimensions];
        for (int j = 0; j < rows.Dimensions; j++)
        {
            float[] column = _sorted[j] = new float[rows.Count];
            for (int i = 0; i < column.Length; i++) column[i] = rows[i][j];
            Array.Sort(column);
            double mean = column.Average(x => (double)x);
            _left[j] = column.Sum(x => Math.Pow(x - mean, 3)) < 0;
        }
    }

    public double Score(ReadOnlySpan<float> row)
    {
        double left = 0, right = 0, skewed = 0;
        for (int j = 0; j < row.Length; j++)
        {
            float[] column = _sorted[j];
            double below = Tail(UpTo(column, row[j], inclusive: true)), above = Tail(column.Length - UpTo(column, row[j], inclusive: false));
            left += below;
            right += above;
            skewed += _left[j] ? below : above;

            double Tail(int count) => -Math.Log((double)Math.Max(count, 0.5) / column.Length);
        }

        return Math.Max(skewed, Math.Max(left, right));
    }

    public double HeldOut(int index) => Score(_rows[index]);

    /// <summary>How many values lie below x, or up to it.</summary>
    private static int UpTo(float[] sorted, float x, bool inclusive)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < x || (inclusive && sorted[middle] == x)) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
