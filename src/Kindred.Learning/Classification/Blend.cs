namespace Kindred.Learning.Classification;

/// <summary>
/// How much each view's scores count: the logits are the views' scores, each times a weight of at least 0, and an intercept a class, fitted to the scores that rows have from the others (stacking, Wolpert 1992;
/// Ting and Witten 1999). Because they are fitted to unseen rows, the probabilities are calibrated: with one view this is vector scaling (Guo et al. 2017), with two classes Platt's.
/// </summary>
/// <param name="Weights">Shape [views].</param>
/// <param name="Intercepts">Shape [classes].</param>
internal sealed record Blend(float[] Weights, float[] Intercepts)
{
    private const int Rounds = 30;

    /// <summary>Intercepts are held to 0, as if they were of variance 1 with two classes: the more classes, the fewer rows tell of each and the more intercepts can be mistaken.</summary>
    private static double Penalty(int classes) => classes * (double)classes / 4;

    /// <summary>The share of the first weights that is left where no view tells unseen rows apart: what is said is then near to chance, but still in the views' order.</summary>
    private const double Unsure = 0.1;

    /// <param name="views">Out-of-fold scores, each of shape [n, classes].</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="trusted">Which views count where none tells unseen rows apart; null for all.</param>
    /// <returns>The blend, the mean loss it leaves, and whether any view tells unseen rows apart.</returns>
    public static (Blend Blend, double Loss, bool Told) Fit(IReadOnlyList<DenseRows> views, Targets targets, bool[]? trusted = null)
    {
        double[] weights = Alike(views);
        var intercepts = new double[targets.Classes];
        double loss = Loss(views, targets, weights, intercepts, out var slope, out var curve);
        for (int round = 0; round < Rounds; round++)
        {
            double before = loss;
            for (int v = 0; v < weights.Length; v++)
            {
                double step = -slope[v] / Math.Max(curve[v], 1e-12), old = weights[v];
                for (int trial = 0; trial < 8; trial++, step /= 4)
                {
                    weights[v] = Math.Max(0, old + step);
                    if (NoWorse()) break;
                    weights[v] = old;
                }
            }

            double share = 0.5;   // all intercepts move at once: with two classes half the step of each
            double[] olds = [.. intercepts];
            for (int trial = 0; trial < 8; trial++, share /= 4)
            {
                for (int c = 0; c < olds.Length; c++) intercepts[c] = olds[c] - (share * slope[views.Count + c] / (curve[views.Count + c] + Penalty(olds.Length)));
                if (NoWorse()) break;
                olds.CopyTo(intercepts, 0);
            }

            if (before - loss < 1e-6 * before) break;
        }

        bool told = weights.Any(w => w > 0);
        if (!told) (weights, intercepts) = ([.. Alike(views, trusted).Select(w => Unsure * w)], new double[targets.Classes]);
        return (new Blend([.. weights.Select(w => (float)w)], [.. intercepts.Select(b => (float)b)]), loss / targets.Count, told);

        bool NoWorse()
        {
            double next = Loss(views, targets, weights, intercepts, out var nextSlope, out var nextCurve);
            if (!(next <= loss)) return false;
            (loss, slope, curve) = (next, nextSlope, nextCurve);
            return true;
        }
    }

    /// <summary>Scores differ in size from view to view: weights that make them alike, where nothing else is known.</summary>
    public static double[] Alike(IReadOnlyList<DenseRows> views, bool[]? trusted = null) =>
        [.. views.Select((v, i) => trusted?[i] == false ? 0 : 2 / Math.Max(1e-6, Spread(v)) / (trusted?.Count(t => t) ?? views.Count))];

    /// <summary>Logits of rows, from what the views say of them.</summary>
    public DenseRows Mix(IReadOnlyList<DenseRows> views)
    {
        var mixed = new DenseRows(views[0].Count, views[0].Width);
        for (int i = 0; i < mixed.Count; i++) Intercepts.CopyTo(mixed[i]);
        for (int v = 0; v < views.Count; v++)
        {
            var (from, to, w) = (views[v].Values, mixed.Values, Weights[v]);
            for (int i = 0; i < to.Length; i++) to[i] += w * from[i];
        }

        return mixed;
    }

    private static double Spread(DenseRows scores)
    {
        double sum = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            foreach (float s in scores[i]) (low, high) = (Math.Min(low, s), Math.Max(high, s));
            sum += high - low;
        }

        return sum / scores.Count;
    }

    private static double Loss(IReadOnlyList<DenseRows> views, Targets targets, double[] weights, double[] intercepts, out double[] slope, out double[] curve)
    {
        int n = targets.Count, k = targets.Classes, parts = (n + 511) / 512;
        var all = new (double Loss, double[] Slope, double[] Curve)[parts];
        Parallel.For(0, parts, part =>
        {
            double loss = 0;
            var (s, c) = (new double[weights.Length + k], new double[weights.Length + k]);
            var p = new float[k];
            for (int i = part * 512; i < Math.Min(n, (part + 1) * 512); i++)
            {
                for (int j = 0; j < k; j++) p[j] = (float)intercepts[j];
                for (int v = 0; v < weights.Length; v++)
                {
                    var row = views[v][i];
                    float w = (float)weights[v];
                    for (int j = 0; j < k; j++) p[j] += w * row[j];
                }

                // as if one row more had gone astray (Platt 1999): where all rows are right, no weight is large enough otherwise
                float astray = 1f / (n + 2);
                if (targets.Many) loss += Several(views, targets[i], i, p, s, c, astray);
                else loss += One(views, targets[i][0], i, p, s, c, astray);
            }

            all[part] = (loss, s, c);
        });
        (slope, curve) = (new double[weights.Length + k], new double[weights.Length + k]);
        foreach (var (_, s, c) in all)
        {
            for (int v = 0; v < slope.Length; v++)
            {
                slope[v] += s[v];
                curve[v] += c[v];
            }
        }

        double held = 0;
        for (int c = 0; c < k; c++)
        {
            held += 0.5 * Penalty(k) * intercepts[c] * intercepts[c];
            slope[weights.Length + c] += Penalty(k) * intercepts[c];
        }

        return all.Sum(a => a.Loss) + held;
    }

    private static double One(IReadOnlyList<DenseRows> views, int label, int i, float[] p, double[] slope, double[] curve, float astray)
    {
        double loss = Softmax.LogSum(p) - ((1 - astray) * p[label]) - (astray * Mean(p));
        Softmax.Apply(p);
        for (int j = 0; j < p.Length; j++)
        {
            slope[views.Count + j] += p[j] - (j == label ? 1 - astray : 0) - (astray / p.Length);
            curve[views.Count + j] += p[j] * (1 - p[j]);
        }

        for (int v = 0; v < views.Count; v++)
        {
            var row = views[v][i];
            double mean = 0, square = 0;
            for (int j = 0; j < p.Length; j++)
            {
                mean += p[j] * row[j];
                square += p[j] * row[j] * row[j];
            }

            slope[v] += mean - ((1 - astray) * row[label]) - (astray * Mean(row));
            curve[v] += square - (mean * mean);
        }

        return loss;
    }

    private static double Several(IReadOnlyList<DenseRows> views, ReadOnlySpan<int> labels, int i, float[] p, double[] slope, double[] curve, float astray)
    {
        double loss = 0;
        for (int j = 0; j < p.Length; j++)
        {
            double due = labels.Contains(j) ? 1 - astray : astray;
            double chance = Softmax.Sigmoid(p[j]);
            loss += Softmax.SoftPlus(p[j]) - (due * p[j]);
            slope[views.Count + j] += chance - due;
            curve[views.Count + j] += chance * (1 - chance);
            for (int v = 0; v < views.Count; v++)
            {
                double s = views[v][i][j];
                slope[v] += (chance - due) * s;
                curve[v] += chance * (1 - chance) * s * s;
            }
        }

        return loss;
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float x in values) sum += x;
        return sum / values.Length;
    }
}
