namespace Kindred.Learning.Classification;

/// <summary>How well a score parts two kinds of rows.</summary>
internal static class RocCurve
{
    /// <summary>The chance that a positive's score is above a negative's, equal ones counted half (Mann and Whitney 1947).</summary>
    public static double Area(double[] positive, double[] negative)
    {
        var all = positive.Select(s => (Score: s, Positive: true)).Concat(negative.Select(s => (Score: s, Positive: false))).OrderBy(x => x.Score).ToArray();
        double sum = 0;
        for (int i = 0; i < all.Length;)
        {
            int end = i;
            while (end < all.Length && all[end].Score.Equals(all[i].Score)) end++;
            double rank = (i + 1 + end) / 2.0;
            sum += rank * all[i..end].Count(x => x.Positive);
            i = end;
        }

        return (sum - (positive.Length * (positive.Length + 1) / 2.0)) / ((double)positive.Length * negative.Length);
    }
}
