namespace Kindred.Learning.Classification;

/// <summary>
/// Where classes are uneven, the label that is most likely neglects the small ones. A share of the negative log of a class's frequency, added to its logit before the choice (Menon and others 2021), makes up for
/// it. The share is the one of which most macro-F1 is to be expected if the probabilities hold (Lipton and others 2014): counted on the rows themselves, few of which are of a small class, it is mostly chance.
/// It costs at most half a point of accuracy. With more than two classes the largest of shares that are as good is taken: what tells a small class
/// apart is seen less often, so new rows of it score lower than those here. With two a flat top is wide, and its edge costs F1.
/// </summary>
internal static class DecisionOffsets
{
    private const double MostAccuracy = 0.005;

    /// <summary>Macro-F1 that differs by less is as good.</summary>
    private const double AsGood = 0.002;

    public static float[] Choose(DenseRows logits, Targets targets, int outside)
    {
        int k = targets.Classes;
        var counts = new double[k];
        for (int i = 0; i < targets.Count; i++) counts[targets[i][0]]++;
        var offsets = new float[k];
        if (counts.Max() < 3 * counts.Where((_, c) => c != outside).Min()) return offsets;

        var chances = new DenseRows([.. logits.Values], logits.Count, k);
        for (int i = 0; i < chances.Count; i++)
        {
            if (outside >= 0) chances[i][outside] = float.NegativeInfinity;
            Softmax.Apply(chances[i]);
        }

        var trials = new List<(float[] Offsets, double Accuracy, double Macro)>();
        foreach (double share in (ReadOnlySpan<double>)[0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1])
        {
            float[] trial = [.. counts.Select(c => (float)(-share * Math.Log(Math.Max(c, 1) / targets.Count)))];
            var (accuracy, macro) = Measure(logits, chances, targets, trial, outside);
            if (trials.Count == 0 || accuracy >= trials[0].Accuracy - MostAccuracy) trials.Add((trial, accuracy, macro));
        }

        double best = trials.Max(t => t.Macro);
        return trials.FindLast(t => t.Macro >= best - (k > 2 ? AsGood : 0)).Offsets;
    }

    private static (double Accuracy, double ExpectedMacroF1) Measure(DenseRows logits, DenseRows chances, Targets targets, float[] offsets, int outside)
    {
        int k = targets.Classes, right = 0, all = 0;
        var (said, due, both) = (new double[k], new double[k], new double[k]);
        for (int i = 0; i < logits.Count; i++)
        {
            int truth = targets[i][0], best = -1;
            if (truth == outside) continue;
            Span<float> row = logits[i], chance = chances[i];
            for (int c = 0; c < k; c++)
            {
                due[c] += chance[c];
                if (c != outside && (best < 0 || row[c] + offsets[c] > row[best] + offsets[best])) best = c;
            }

            said[best]++;
            both[best] += chance[best];
            all++;
            if (best == truth) right++;
        }

        return ((double)right / all, Enumerable.Range(0, k).Where(c => c != outside && said[c] + due[c] > 0).Average(c => 2 * both[c] / (said[c] + due[c])));
    }
}
