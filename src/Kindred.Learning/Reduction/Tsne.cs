namespace Kindred.Learning.Reduction;

/// <summary>
/// t-SNE in two dimensions (van der Maaten and Hinton 2008) with the forces of far points taken cell by cell (Barnes-Hut; van der Maaten 2014). Begins from the principal components
/// (Kobak and Berens 2019), so there is nothing to draw: the same rows give the same picture on any number of cores.
/// </summary>
public static class Tsne
{
    private const int ExaggeratedSteps = 250;
    private const double Exaggeration = 12;
    private const double LeastRate = 50;
    private const double LeastGain = 0.01;

    /// <summary>Rows of one piece of parallel work.</summary>
    private const int Piece = 256;

    /// <summary>Places rows in the plane so that near ones stay near.</summary>
    /// <param name="rows">Shape [n, d], n at least 1, finite.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n][2], around 0.</returns>
    /// <exception cref="ArgumentException">There are no rows, or their lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static float[][] Project(IReadOnlyList<ReadOnlyMemory<float>> rows, TsneOptions? options = null, Action<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new TsneOptions();
        if (!(options.Perplexity >= 1)) throw new ArgumentOutOfRangeException(nameof(options), options.Perplexity, "Perplexity is 1 or more.");
        if (!(options.Theta is >= 0 and <= 0.7)) throw new ArgumentOutOfRangeException(nameof(options), options.Theta, "Theta is 0 to 0.7.");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Iterations, 1, nameof(options));
        if (rows.Count == 0) throw new ArgumentException("There are no rows.", nameof(rows));
        double[] at = Start(rows, cancel);
        int n = rows.Count;
        if (n < 4) return Places(at);   // no neighbourhood to keep
        var likeness = Likenesses(rows, Math.Min(options.Perplexity, (n - 1) / 3.0), cancel);
        double rate = Math.Max(n / Exaggeration / 4, LeastRate);
        double[] speed = new double[2 * n], gains = new double[2 * n], force = new double[2 * n];
        Array.Fill(gains, 1);
        for (int step = 0; step < options.Iterations; step++)
        {
            cancel.ThrowIfCancellationRequested();
            bool early = step < ExaggeratedSteps;
            Gradient(likeness, at, early ? Exaggeration : 1, options.Theta, force);
            double momentum = early ? 0.5 : 0.8;
            for (int i = 0; i < force.Length; i++)
            {
                gains[i] = Math.Max(LeastGain, Math.Sign(force[i]) != Math.Sign(speed[i]) ? gains[i] + 0.2 : gains[i] * 0.8);
                speed[i] = (momentum * speed[i]) - (rate * gains[i] * force[i]);
                at[i] += speed[i];
            }

            Centre(at);
            if (step % 10 == 0) progress?.Invoke(step / (double)options.Iterations);
        }

        return Places(at);
    }

    /// <summary>The gradient of the divergence at places, shape [n · 2]; likeness is of <see cref="Likenesses"/>.</summary>
    internal static void Gradient((int Row, double P)[][] likeness, double[] at, double exaggeration, double theta, double[] force)
    {
        int n = likeness.Length, pieces = (n + Piece - 1) / Piece;
        var tree = new QuadTree(at);
        var shares = new double[n];
        var away = new double[2 * n];
        Parallel.For(0, pieces, piece =>
        {
            for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++) (away[2 * i], away[(2 * i) + 1], shares[i]) = tree.Repulsion(i, theta);
        });
        double all = Math.Max(shares.Sum(), double.Epsilon);   // in the order of the rows: the same on any number of cores
        Parallel.For(0, pieces, piece =>
        {
            for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
            {
                double x = 0, y = 0;
                foreach (var (j, p) in likeness[i])
                {
                    double dx = at[2 * i] - at[2 * j], dy = at[(2 * i) + 1] - at[(2 * j) + 1], pull = exaggeration * p / (1 + (dx * dx) + (dy * dy));
                    x += pull * dx;
                    y += pull * dy;
                }

                force[2 * i] = 4 * (x - (away[2 * i] / all));
                force[(2 * i) + 1] = 4 * (y - (away[(2 * i) + 1] / all));
            }
        });
    }

    /// <summary>How alike rows are: symmetric, all together 1; a row's three times perplexity nearest ones alone count (2014, section 4.1).</summary>
    internal static (int Row, double P)[][] Likenesses(IReadOnlyList<ReadOnlyMemory<float>> rows, double perplexity, CancellationToken cancel)
    {
        int n = rows.Count;
        var near = Nearest.Find(rows, Math.Clamp((int)(3 * perplexity), 1, n - 1), cancel);
        var both = new Dictionary<int, double>[n];
        for (int i = 0; i < n; i++) both[i] = [];
        for (int i = 0; i < n; i++)
        {
            double[] p = Conditional(near[i], perplexity);
            for (int k = 0; k < p.Length; k++)
            {
                int j = near[i][k].Row;
                both[i][j] = both[i].GetValueOrDefault(j) + (p[k] / (2.0 * n));
                both[j][i] = both[j].GetValueOrDefault(i) + (p[k] / (2.0 * n));
            }
        }

        return [.. both.Select(row => row.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key).ToArray())];
    }

    /// <summary>Gaussian weights of neighbours, as narrow as gives the perplexity (2008, section 2).</summary>
    private static double[] Conditional((int Row, double Distance)[] near, double perplexity)
    {
        double[] squares = [.. near.Select(hit => hit.Distance * hit.Distance)], weights = new double[near.Length];
        double first = squares[0], spread = squares[^1] - first, low = 0, high = double.PositiveInfinity, wanted = Math.Log(Math.Min(perplexity, near.Length));
        double beta = spread > 0 ? 1 / spread : 1;
        for (int round = 0; round < 100; round++)
        {
            double sum = 0, mean = 0;
            for (int k = 0; k < weights.Length; k++)
            {
                weights[k] = Math.Exp(-beta * (squares[k] - first));
                sum += weights[k];
                mean += weights[k] * (squares[k] - first);
            }

            double entropy = Math.Log(sum) + (beta * mean / sum);
            for (int k = 0; k < weights.Length; k++) weights[k] /= sum;
            if (Math.Abs(entropy - wanted) < 1e-6 || spread <= 0) break;
            if (entropy > wanted) low = beta;
            else high = beta;
            beta = double.IsFinite(high) ? (low + high) / 2 : 2 * beta;
        }

        return weights;
    }

    /// <summary>The first two principal components, the first spread by 1e-4. Rows that are equal begin a hair apart, or they would never part.</summary>
    private static double[] Start(IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        int n = rows.Count, d = rows[0].Length;
        var plane = d == 0 ? [.. rows.Select(_ => new float[2])] : Pca.Project(rows, Math.Min(2, d), cancel);
        double deviation = Math.Sqrt(plane.Average(p => (double)p[0] * p[0])), scale = deviation > 0 ? 1e-4 / deviation : 1;
        var at = new double[2 * n];
        for (int i = 0; i < n; i++)
        {
            double turn = 2.399963 * i, hair = 1e-7 * Math.Sqrt((i + 0.5) / n);   // Vogel's spiral: no two in one place
            at[2 * i] = (scale * plane[i][0]) + (hair * Math.Cos(turn));
            at[(2 * i) + 1] = (scale * (plane[i].Length > 1 ? plane[i][1] : 0)) + (hair * Math.Sin(turn));
        }

        return at;
    }

    private static void Centre(double[] at)
    {
        double x = 0, y = 0;
        for (int i = 0; i < at.Length; i += 2) (x, y) = (x + at[i], y + at[i + 1]);
        for (int i = 0; i < at.Length; i += 2) (at[i], at[i + 1]) = (at[i] - (2 * x / at.Length), at[i + 1] - (2 * y / at.Length));
    }

    private static float[][] Places(double[] at) => [.. Enumerable.Range(0, at.Length / 2).Select(i => new[] { (float)at[2 * i], (float)at[(2 * i) + 1] })];
}
