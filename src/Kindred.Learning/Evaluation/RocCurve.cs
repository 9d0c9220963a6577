namespace Kindred.Learning.Evaluation;

/// <summary>The receiver operating characteristic of scores: what share of positives is found at each share of false alarms.</summary>
public static class RocCurve
{
    /// <summary>The area under the curve: the chance that a positive scores above a negative, ties counting half (Mann and Whitney 1947).</summary>
    /// <param name="scores">Higher means more likely positive; shape [n].</param>
    /// <param name="positive">Which are positive; shape [n].</param>
    /// <returns>0 to 1; NaN where one kind is missing.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Area(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        if (scores.Length != positive.Length) throw new ArgumentException($"{scores.Length} scores for {positive.Length} labels.", nameof(positive));
        double[] sorted = scores.ToArray();
        bool[] labels = positive.ToArray();
        Array.Sort(sorted, labels);
        double ranks = 0, positives = 0;
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            to = from;
            int tied = 0;
            for (; to < sorted.Length && sorted[to] == sorted[from]; to++) tied += labels[to] ? 1 : 0;
            ranks += tied * ((from + 1 + to) / 2.0);
            positives += tied;
        }

        double negatives = sorted.Length - positives;
        return (ranks - (positives * (positives + 1) / 2)) / (positives * negatives);
    }
}
