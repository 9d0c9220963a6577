namespace Kindred.Learning.Classification;

/// <summary>
/// Where classes are uneven, the label that is most likely neglects the small ones. A share of the negative log of a class's frequency, added to its logit before the choice (Menon and others 2021), makes up for
/// it; the share is chosen by the macro-F1 of unseen rows, and costs at most half a point of accuracy. Of shares that are as good the largest is taken: what tells a small class apart is seen less often, so new
/// rows of it score lower than those here.
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

        var trials = new List<(float[] Offsets, double Accuracy, double Macro)>();
        foreach (double share in (ReadOnlySpan<double>)[0, 0.1, 0.2, 0.35, 0.5, 0.75, 1])
        {
            float[] trial = [.. counts.Select(c => (float)(-share * Math.Log(Math.Max(c, 1) / targets.Count)))];
            var (accuracy, macro) = Measure(logits, targets, trial, outside);
            if (trials.Count == 0 || accuracy >= trials[0].Accuracy - MostAccuracy) trials.Add((trial, accuracy, macro));
        }

        double best = trials.Max(t => t.Macro);
        return trials.FindLast(t => t.Macro >= best - AsGood).Offsets;
    }

    private static (double Accuracy, double MacroF1) Measure(DenseRows logits, Targets targets, float[] offsets, int outside)
    {
        int k = targets.Classes, right = 0, all = 0;
        var (said, due, both) = (new int[k], new int[k], new int[k]);
        for (int i = 0; i < logits.Count; i++)
        {
            int truth = targets[i][0], best = -1;
            if (truth == outside) continue;
            var row = logits[i];
            for (int c = 0; c < k; c++)
                if (c != outside && (best < 0 || row[c] + offsets[c] > row[best] + offsets[best])) best = c;
            said[best]++;
            due[truth]++;
            all++;
            if (best != truth) continue;
            both[truth]++;
            right++;
        }

        double macro = Enumerable.Range(0, k).Where(c => due[c] > 0).Average(c => 2.0 * both[c] / (said[c] + due[c]));
        return ((double)right / all, macro);
    }
}
