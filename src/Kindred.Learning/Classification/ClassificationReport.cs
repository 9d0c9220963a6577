namespace Kindred.Learning.Classification;

/// <summary>How good a classifier's predictions are.</summary>
/// <param name="Measures">Name, value and how many rows it is over: accuracy, balanced-accuracy (the mean recall of the labels that are there), macro-f1, …, and of each class precision, recall and f1 as "f1:LABEL".</param>
/// <param name="Labels">The labels that were said or due.</param>
/// <param name="Confusion">Shape [labels, labels]: rows that were due the first and got the second; empty where rows have several labels.</param>
public sealed record ClassificationReport(IReadOnlyList<(string Metric, double Value, int Rows)> Measures, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    /// <summary>The value of a measure.</summary>
    /// <param name="metric">Its name.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public double this[string metric] => Measures.FirstOrDefault(m => m.Metric == metric) is { Metric: not null } found ? found.Value : throw new ArgumentException($"There is no measure {metric}.", nameof(metric));

    /// <summary>Measures predictions.</summary>
    /// <param name="classes">The labels in the order of the predictions' probabilities.</param>
    /// <param name="outsideLabel">The label of what belongs to no class; empty for none.</param>
    /// <param name="several">Whether a row may have several labels.</param>
    /// <param name="predictions">Shape [n].</param>
    /// <param name="labels">Shape [n]: the true labels of each row.</param>
    /// <exception cref="ArgumentException">There are no rows, or not as many of each.</exception>
    public static ClassificationReport Create(IReadOnlyList<string> classes, string outsideLabel, bool several, IReadOnlyList<Prediction> predictions, IReadOnlyList<IReadOnlyCollection<string>> labels)
    {
        if (predictions.Count != labels.Count) throw new ArgumentException($"{predictions.Count} predictions and {labels.Count} labels: as many of each are wanted.", nameof(labels));
        if (predictions.Count == 0) throw new ArgumentException("There is no row to measure.", nameof(predictions));
        return several ? Several(classes, predictions, labels) : One(classes, outsideLabel, predictions, [.. labels.Select(l => l.Single())]);
    }

    private static ClassificationReport One(IReadOnlyList<string> classes, string outsideLabel, IReadOnlyList<Prediction> predictions, string[] due)
    {
        int n = due.Length;
        string[] names = [.. due.Concat(predictions.Select(p => p.Label)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var place = names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        int[][] confusion = [.. names.Select(_ => new int[names.Length])];
        for (int i = 0; i < n; i++) confusion[place[due[i]]][place[predictions[i].Label]]++;
        var measures = new List<(string, double, int)> { ("accuracy", (double)Enumerable.Range(0, names.Length).Sum(c => confusion[c][c]) / n, n) };
        double[] f1 = [.. Enumerable.Range(0, names.Length).Select(c => F1(confusion[c][c], confusion.Sum(r => r[c]), confusion[c].Sum()))];
        int[] present = [.. Enumerable.Range(0, names.Length).Where(c => confusion[c].Sum() > 0)];
        measures.Add(("balanced-accuracy", present.Average(c => confusion[c][c] / (double)confusion[c].Sum()), n));
        measures.Add(("macro-f1", present.Average(c => f1[c]), n));
        Calibrate(classes, outsideLabel, predictions, due, measures);
        if (outsideLabel.Length > 0) Outside(classes, outsideLabel, predictions, due, measures);
        for (int c = 0; c < names.Length; c++)
        {
            int both = confusion[c][c], said = confusion.Sum(r => r[c]), there = confusion[c].Sum();
            measures.Add(($"precision:{names[c]}", said == 0 ? 0 : (double)both / said, said));
            measures.Add(($"recall:{names[c]}", there == 0 ? 0 : (double)both / there, there));
            measures.Add(($"f1:{names[c]}", f1[c], there));
        }

        return new ClassificationReport(measures, names, confusion);
    }

    private static double F1(int both, int said, int due) => said + due == 0 ? 0 : 2.0 * both / (said + due);

    /// <summary>Probabilities against what came true, over rows of known classes.</summary>
    private static void Calibrate(IReadOnlyList<string> classes, string outsideLabel, IReadOnlyList<Prediction> predictions, string[] due, List<(string, double, int)> measures)
    {
        var place = classes.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        int[] rows = [.. Enumerable.Range(0, due.Length).Where(i => place.ContainsKey(due[i]) && due[i] != outsideLabel)];
        if (rows.Length == 0) return;
        double brier = 0;
        var (sure, right, count) = (new double[15], new double[15], new int[15]);
        foreach (int i in rows)
        {
            var p = predictions[i].Probabilities;
            int truth = place[due[i]], best = 0;
            for (int c = 0; c < p.Count; c++)
            {
                brier += Math.Pow(p[c] - (c == truth ? 1 : 0), 2);
                if (p[c] > p[best]) best = c;
            }

            int bin = Math.Min(14, (int)(p[best] * 15));
            sure[bin] += p[best];
            right[bin] += best == truth ? 1 : 0;
            count[bin]++;
        }

        measures.Add(("ece", Enumerable.Range(0, 15).Sum(b => Math.Abs(sure[b] - right[b])) / rows.Length, rows.Length));
        measures.Add(("brier", brier / rows.Length, rows.Length));
        if (classes.Count != 2) return;
        double[] positive = [.. rows.Where(i => place[due[i]] == 1).Select(i => (double)predictions[i].Probabilities[1])], negative = [.. rows.Where(i => place[due[i]] == 0).Select(i => (double)predictions[i].Probabilities[1])];
        if (positive.Length > 0 && negative.Length > 0) measures.Add(("roc-auc", RocCurve.Area(positive, negative), rows.Length));
    }

    private static void Outside(IReadOnlyList<string> classes, string outsideLabel, IReadOnlyList<Prediction> predictions, string[] due, List<(string, double, int)> measures)
    {
        int[] inside = [.. Enumerable.Range(0, due.Length).Where(i => due[i] != outsideLabel)], outside = [.. Enumerable.Range(0, due.Length).Where(i => due[i] == outsideLabel)];
        if (inside.Length > 0)
        {
            // as if none were refused
            measures.Add(("in-scope-accuracy", inside.Count(i => Best(predictions[i]) == due[i]) / (double)inside.Length, inside.Length));
            measures.Add(("in-scope-kept", inside.Count(i => predictions[i].Outside <= 0) / (double)inside.Length, inside.Length));
        }

        if (outside.Length > 0) measures.Add(("outside-recall", outside.Count(i => predictions[i].Outside > 0) / (double)outside.Length, outside.Length));
        if (inside.Length == 0 || outside.Length == 0) return;
        double[] ins = [.. inside.Select(i => predictions[i].Outside).Order()], outs = [.. outside.Select(i => predictions[i].Outside)];
        double line = ins[Math.Min(ins.Length - 1, (int)(0.95 * ins.Length))];
        measures.Add(("outside-recall-at-95", outs.Count(o => o > line) / (double)outs.Length, outs.Length));
        measures.Add(("outside-roc-auc", RocCurve.Area(outs, ins), due.Length));

        string Best(Prediction p)
        {
            int best = 0;
            for (int c = 1; c < p.Probabilities.Count; c++)
                if (p.Probabilities[c] > p.Probabilities[best]) best = c;
            return classes[best];
        }
    }

    private static ClassificationReport Several(IReadOnlyList<string> classes, IReadOnlyList<Prediction> predictions, IReadOnlyList<IReadOnlyCollection<string>> due)
    {
        int n = due.Count;
        string[] names = [.. due.SelectMany(d => d).Concat(classes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var measures = new List<(string, double, int)>();
        var each = new List<(string, double, int)>();
        int allBoth = 0, allSaid = 0, allDue = 0;
        double macro = 0;
        int counted = 0;
        foreach (string name in names)
        {
            bool[] said = [.. predictions.Select(p => p.Labels.Contains(name))], there = [.. due.Select(d => d.Contains(name))];
            int both = Enumerable.Range(0, n).Count(i => said[i] && there[i]), s = said.Count(x => x), t = there.Count(x => x);
            (allBoth, allSaid, allDue) = (allBoth + both, allSaid + s, allDue + t);
            if (t > 0) (macro, counted) = (macro + F1(both, s, t), counted + 1);
            each.Add(($"precision:{name}", s == 0 ? 0 : (double)both / s, s));
            each.Add(($"recall:{name}", t == 0 ? 0 : (double)both / t, t));
            each.Add(($"f1:{name}", F1(both, s, t), t));
        }

        measures.Add(("accuracy", Enumerable.Range(0, n).Count(i => predictions[i].Labels.ToHashSet(StringComparer.Ordinal).SetEquals(due[i])) / (double)n, n));
        measures.Add(("micro-f1", F1(allBoth, allSaid, allDue), n));
        measures.Add(("macro-f1", counted == 0 ? 0 : macro / counted, n));
        measures.AddRange(each);
        return new ClassificationReport(measures, names, []);
    }
}
