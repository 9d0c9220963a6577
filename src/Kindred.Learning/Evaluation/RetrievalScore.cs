namespace Kindred.Learning.Evaluation;

/// <summary>Measures of one ranked list of search results against judged documents.</summary>
public static class RetrievalScore
{
    /// <summary>
    /// Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002, as trec_eval counts it): the sum of gain / log2(rank + 1) over the first k, over
    /// that of the best possible order of all judged documents.
    /// </summary>
    /// <param name="gains">Gain of each result, best first; 0 for one that is not relevant.</param>
    /// <param name="judged">Gains of every relevant document, found or not, in any order.</param>
    /// <param name="k">How many results count, at least 1.</param>
    /// <returns>0 to 1; NaN where nothing is relevant.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is less than 1.</exception>
    public static double Ndcg(ReadOnlySpan<double> gains, ReadOnlySpan<double> judged, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        double[] best = judged.ToArray();
        Array.Sort(best, (x, y) => y.CompareTo(x));
        double ideal = Discounted(best, k);
        return ideal > 0 ? Discounted(gains, k) / ideal : double.NaN;
    }

    /// <summary>The share of the relevant documents that is among the first k.</summary>
    /// <param name="gains">Gain of each result, best first; 0 for one that is not relevant.</param>
    /// <param name="relevant">How many relevant documents there are.</param>
    /// <param name="k">How many results count, at least 1.</param>
    /// <returns>0 to 1; NaN where nothing is relevant.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is less than 1.</exception>
    public static double Recall(ReadOnlySpan<double> gains, int relevant, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int found = 0;
        foreach (double gain in gains[..Math.Min(k, gains.Length)])
            if (gain > 0) found++;
        return relevant > 0 ? (double)found / relevant : double.NaN;
    }

    /// <summary>1 over the rank of the first relevant result; 0 where none is among the first k. Its mean over queries is MRR.</summary>
    /// <param name="gains">Gain of each result, best first; 0 for one that is not relevant.</param>
    /// <param name="k">How many results count, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is less than 1.</exception>
    public static double ReciprocalRank(ReadOnlySpan<double> gains, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        for (int i = 0; i < Math.Min(k, gains.Length); i++)
            if (gains[i] > 0) return 1.0 / (i + 1);
        return 0;
    }

    private static double Discounted(ReadOnlySpan<double> gains, int k)
    {
        double sum = 0;
        for (int i = 0; i < Math.Min(k, gains.Length); i++) sum += gains[i] / Math.Log2(i + 2);
        return sum;
    }
}
