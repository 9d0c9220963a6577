namespace Kindred.Learning.Anomalies;

/// <summary>
/// How often scores of normal rows exceed a value: beyond a high quantile by a generalised Pareto distribution fitted to the excesses (peaks over
/// threshold: Pickands 1975, Siffer et al. 2017), below it by counting. Immutable.
/// </summary>
public sealed class TailFit
{
    private readonly double[] _sorted;

    private TailFit(double[] sorted)
    {
        _sorted = sorted;
        int n = sorted.Length, tail = Math.Clamp(n / 10, Math.Min(20, n / 2), Math.Max(n - 1, 0));
        Share = tail / (double)n;
        Start = tail == 0 ? sorted[^1] : sorted[n - tail - 1];
        double[] excesses = [.. sorted[(n - tail)..].Select(s => s - Start)];
        (Shape, Scale) = Fit(excesses);
    }

    /// <summary>Where the fitted tail starts.</summary>
    public double Start { get; }

    /// <summary>The share of scores beyond <see cref="Start"/>.</summary>
    public double Share { get; }

    /// <summary>The shape ξ: 0 for an exponential tail, above it for a heavier one.</summary>
    public double Shape { get; }

    /// <summary>The scale σ; 0 where the scores beyond the start do not differ.</summary>
    public double Scale { get; }

    /// <summary>Scores in rising order.</summary>
    internal IReadOnlyList<double> Scores => _sorted;

    /// <summary>Fits the tail of scores.</summary>
    /// <param name="scores">Scores of rows taken as normal; at least one, all finite.</param>
    /// <exception cref="ArgumentException">There is no score, or one that is not finite.</exception>
    public static TailFit Of(IEnumerable<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        double[] sorted = [.. scores.Order()];
        if (sorted.Length == 0) throw new ArgumentException("There is no score.", nameof(scores));
        return sorted.All(double.IsFinite) ? new TailFit(sorted) : throw new ArgumentException("A score is not finite.", nameof(scores));
    }

    /// <summary>The generalised Pareto distribution of greatest likelihood (Grimshaw 1993: a search in ξ/σ alone), ξ between -0.5 and 1.</summary>
    /// <param name="excesses">Not negative.</param>
    /// <returns>The shape ξ and the scale σ; σ is 0 when all excesses are.</returns>
    public static (double Shape, double Scale) Fit(ReadOnlySpan<double> excesses)
    {
        double[] y = excesses.ToArray();
        double mean = y.Length == 0 ? 0 : y.Average(), most = y.Length == 0 ? 0 : y.Max();
        if (mean <= 0) return (0, 0);
        double bestShape = 0, bestScale = mean, best = -y.Length * (Math.Log(mean) + 1);
        double low = -1 / most, step = 1.0 / 400;

        // θ runs from just above -1/max, where the likelihood is unbounded, to far beyond a mean's worth; finer around the best
        for (int round = 0; round < 3; round++)
        {
            double centre = bestShape / bestScale, reach = round == 0 ? 0 : Math.Pow(0.02, round) / mean;
            for (int i = -200; i <= 400; i++)
            {
                double theta = round == 0 ? (i < 0 ? low * (-i / 200.5) : 20 * Math.Pow(i * step, 3) / mean) : centre + (reach * i / 200);
                if (Math.Abs(theta * mean) < 1e-9 || theta <= low) continue;
                double shape = 0;
                foreach (double e in y) shape += Math.Log(1 + (theta * e));
                shape /= y.Length;
                double scale = shape / theta;
                if (shape is < -0.5 or > 1 || !(scale > 0)) continue;
                double likelihood = -y.Length * (Math.Log(scale) + shape + 1);
                if (likelihood > best) (best, bestShape, bestScale) = (likelihood, shape, scale);
            }
        }

        return (bestShape, bestScale);
    }

    /// <summary>The share of normal rows that score at least so much.</summary>
    /// <param name="score">A score.</param>
    /// <returns>1 down to 0, never quite 0.</returns>
    public double Probability(double score)
    {
        if (score > Start && Scale > 0)
        {
            double x = (score - Start) / Scale;
            double beyond = Math.Abs(Shape) < 1e-9 ? Math.Exp(-x) : Math.Pow(Math.Max(1 + (Shape * x), 0), -1 / Shape);

            // a tail that ends is never trusted to its last end
            return Math.Max(Share * beyond, 1e-12);
        }

        int from = Array.BinarySearch(_sorted, score);
        if (from < 0) from = ~from;
        while (from > 0 && _sorted[from - 1] == score) from--;
        return (_sorted.Length - from + 1.0) / (_sorted.Length + 1);
    }

    /// <summary>The score that a given share of normal rows exceeds.</summary>
    /// <param name="probability">Above 0, below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not.</exception>
    public double Quantile(double probability)
    {
        if (!(probability is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(probability), $"{probability} is not between 0 and 1.");
        if (probability >= Share) return _sorted[Math.Min((int)(_sorted.Length * (1 - probability)), _sorted.Length - 1)];
        double ratio = probability / Share;
        return Start + (Scale * (Math.Abs(Shape) < 1e-9 ? -Math.Log(ratio) : (Math.Pow(ratio, -Shape) - 1) / Shape));
    }
}
