namespace Kindred.Learning.Classification;

/// <summary>
/// Tells rows of no class: how sure the blend is (largest logit, their log-sum: Liu and others 2020), how near the row is to rows of any class, and how much it looks like the outside rows, weighed by
/// logistic regression. The threshold keeps 95 of 100 rows that belong to a class.
/// </summary>
internal sealed class OutsideDetector(float[] means, float[] scales, float[] weights, double threshold)
{
    private const double Kept = 0.95;
    public const int Signs = 6;

    /// <param name="logits">Of unseen rows, shape [n, classes].</param>
    /// <param name="near">How near each is to any class, shape [n, classes]: the kernel's scores, or the logits where there are none.</param>
    /// <param name="targets">The rows' classes.</param>
    /// <param name="outside">The class of rows that belong to none; -1 where no row has it.</param>
    /// <param name="cancel">Stops the work.</param>
    public static OutsideDetector Fit(DenseRows logits, DenseRows near, Targets targets, int outside, CancellationToken cancel)
    {
        int n = logits.Count;
        var signs = new DenseRows(n, Signs);
        for (int i = 0; i < n; i++) Read(logits[i], near[i], outside, signs[i]);
        var (means, scales) = (new float[Signs], new float[Signs]);
        for (int s = 0; s < Signs; s++)
        {
            double sum = 0, square = 0;
            for (int i = 0; i < n; i++)
            {
                sum += signs[i][s];
                square += (double)signs[i][s] * signs[i][s];
            }

            means[s] = (float)(sum / n);
            scales[s] = (float)(1 / Math.Sqrt(Math.Max(1e-12, (square / n) - (sum / n * sum / n))));
            for (int i = 0; i < n; i++) signs[i][s] = (signs[i][s] - means[s]) * scales[s];
        }

        // without outside rows, what is far from all classes is outside
        float[] weights = [-0.5f, 0, 0, -1, 0, 0, 0];
        int[] labels = [.. Enumerable.Range(0, n).Select(i => targets[i].Contains(outside) ? 1 : 0)];
        if (labels.Contains(1))
        {
            var rows = LogisticRegression.Fit(signs, Targets.Of(labels, 2), 1, null, cancel).ToRows();
            weights = [.. Enumerable.Range(0, Signs + 1).Select(s => rows[s][1] - rows[s][0])];
        }

        double[] inside = [.. Enumerable.Range(0, n).Where(i => labels[i] == 0).Select(i => Sum(signs[i], weights)).Order()];
        return new OutsideDetector(means, scales, weights, inside[Math.Min(inside.Length - 1, (int)(Kept * inside.Length))]);
    }

    /// <summary>Above 0: outside.</summary>
    public double Score(ReadOnlySpan<float> logits, ReadOnlySpan<float> near, int outside)
    {
        Span<float> signs = stackalloc float[Signs];
        Read(logits, near, outside, signs);
        for (int s = 0; s < Signs; s++) signs[s] = (signs[s] - means[s]) * scales[s];
        return Sum(signs, weights) - threshold;
    }

    public void Save(ModelWriter writer)
    {
        writer.Add("outside.means", means, Signs);
        writer.Add("outside.scales", scales, Signs);
        writer.Add("outside.weights", weights, Signs + 1);
        writer.Write("outsideThreshold", threshold);
    }

    public static OutsideDetector Load(ModelReader reader) =>
        new(reader.Singles("outside.means", Signs), reader.Singles("outside.scales", Signs), reader.Singles("outside.weights", Signs + 1), reader.Number("outsideThreshold"));

    private static double Sum(ReadOnlySpan<float> signs, float[] weights)
    {
        double sum = weights[Signs];
        for (int s = 0; s < Signs; s++) sum += weights[s] * signs[s];
        return sum;
    }

    private static void Read(ReadOnlySpan<float> logits, ReadOnlySpan<float> near, int outside, Span<float> signs)
    {
        float first = float.NegativeInfinity, second = first, nearest = first, total = 0;
        for (int c = 0; c < logits.Length; c++)
        {
            if (c == outside) continue;
            if (logits[c] > first) (first, second) = (logits[c], first);
            else if (logits[c] > second) second = logits[c];
            nearest = Math.Max(nearest, near[c]);
        }

        for (int c = 0; c < logits.Length; c++)
            if (c != outside) total += MathF.Exp(logits[c] - first);
        signs[0] = first;
        signs[1] = first + MathF.Log(total);
        signs[2] = outside < 0 ? 0 : logits[outside] - first;
        signs[3] = nearest;
        signs[4] = outside < 0 ? 0 : near[outside];
        signs[5] = MathF.Log(total);
    }
}
