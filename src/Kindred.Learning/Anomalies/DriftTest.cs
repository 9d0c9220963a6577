using Kindred.Learning.Tables;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Anomalies;

/// <summary>
/// Compares rows with those that a detector learnt from: each column by the two-sample test of Kolmogorov and Smirnov or by chi-square, and whole rows by
/// the energy distance (Székely and Rizzo 2004) with a permutation test.
/// </summary>
public static class DriftTest
{
    /// <summary>The fewest rows that can be compared.</summary>
    public const int MinRows = 10;

    private const double Level = 0.01;
    private const int MostRows = 500, Permutations = 999, Bins = 10;

    /// <summary>Compares the rows of a table.</summary>
    /// <param name="detector">What was learnt.</param>
    /// <param name="rows">Encoded by the detector's encoder; <see cref="MinRows"/> at least.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>All rows together first, then the columns, most changed first.</returns>
    /// <exception cref="ArgumentException">There are too few rows.</exception>
    public static IReadOnlyList<Drift> Compare(TableDetector detector, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(detector);
        var encoder = detector.Encoder;
        var together = Compare(detector.Detector, rows, cancel);
        int[] columns = [.. Enumerable.Range(0, encoder.Columns.Count).Where(c => encoder.Columns[c].Kind != ColumnKind.Ignored)];
        var before = detector.Detector.Rows;
        List<Drift> drifts = [];
        foreach (int c in columns)
        {
            var (first, width) = encoder.Place(c);
            drifts.Add(encoder.Columns[c].Kind == ColumnKind.Category
                ? Names(encoder.Columns[c].Name, Count(before.Count, width, i => before[i].Slice(first, width)), Count(rows.Count, width, i => rows[i].Span.Slice(first, width)), columns.Length)
                : Numbers(encoder.Columns[c].Name, [.. Enumerable.Range(0, before.Count).Select(i => before[i][first]).Order()], [.. rows.Select(r => r.Span[first]).Order()], columns.Length));
        }

        return [together, .. drifts.OrderBy(d => d.Probability).ThenByDescending(d => d.Value)];
    }

    /// <summary>Compares vectors.</summary>
    /// <param name="detector">What was learnt.</param>
    /// <param name="rows">Shape [n, dimensions], n at least <see cref="MinRows"/>.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are too few rows, or their shape is another.</exception>
    public static Drift Compare(AnomalyDetector detector, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count < MinRows) throw TooFew.Rows(rows.Count, "tell a drift", MinRows, nameof(rows));
        if (rows.Any(r => r.Length != detector.Dimensions)) throw new ArgumentException($"A row has not {detector.Dimensions} components.", nameof(rows));
        var random = new Random(detector.Options.Seed);
        List<float[]> all = [.. Draw(random, detector.Count).Select(i => detector.Rows[i].ToArray())];
        int old = all.Count;
        all.AddRange(Draw(random, rows.Count).Select(i => rows[i].ToArray()));
        var (energy, probability) = Energy(all, old, random, cancel);
        return new("", "energy", energy, double.NaN, probability, probability < Level);
    }

    /// <summary>The chance that two samples of one continuous distribution differ as much (Kolmogorov's limit, with Stephens' correction for few rows).</summary>
    internal static double KolmogorovSmirnov(double difference, double n, double m)
    {
        double root = Math.Sqrt(n * m / (n + m)), x = (root + 0.12 + (0.11 / root)) * difference, sum = 0;
        if (x < 0.2) return 1;
        for (int k = 1; k <= 100; k++) sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2 * k * k * x * x);
        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>The chance that a chi-square variable is larger: the regularised upper incomplete gamma function of freedom/2 and value/2.</summary>
    internal static double ChiSquareAbove(double value, int freedom)
    {
        if (value <= 0 || freedom < 1) return 1;
        double a = freedom / 2.0, x = value / 2, front = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a, sum = term;
            for (int k = 1; k < 10_000 && term > 1e-16 * sum; k++) sum += term *= x / (a + k);
            return Math.Clamp(1 - (front * sum), 0, 1);
        }

        // Lentz's way with the continued fraction
        double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
        for (int k = 1; k < 10_000; k++)
        {
            double step = -k * (k - a);
            b += 2;
            d = 1 / NotZero((step * d) + b);
            c = NotZero(b + (step / c));
            h *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15) break;
        }

        return Math.Clamp(front * h, 0, 1);
    }

    private static double NotZero(double x) => Math.Abs(x) < 1e-300 ? 1e-300 : x;

    // Stirling's series, raised to where it is exact to double precision
    private static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < 10; x++) shift += Math.Log(x);
        double s = 1 / (x * x);
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + ((1 / (12 * x)) * (1 - (s / 30 * (1 - (s * 2 / 7))))) - shift;
    }

    private static Drift Numbers(string name, float[] old, float[] now, int tests)
    {
        double difference = 0;
        for (int i = 0, j = 0; i < old.Length && j < now.Length;)
        {
            float x = Math.Min(old[i], now[j]);
            while (i < old.Length && old[i] == x) i++;
            while (j < now.Length && now[j] == x) j++;
            difference = Math.Max(difference, Math.Abs((i / (double)old.Length) - (j / (double)now.Length)));
        }

        double[] before = new double[Bins], after = new double[Bins];
        float[] edges = [.. Enumerable.Range(1, Bins - 1).Select(b => old[old.Length * b / Bins])];
        foreach (float x in old) before[Bin(x)]++;
        foreach (float x in now) after[Bin(x)]++;
        double probability = KolmogorovSmirnov(difference, old.Length, now.Length);
        return new(name, "ks", difference, Psi(before, after), probability, probability * tests < Level);

        int Bin(float x)
        {
            int at = 0;
            while (at < edges.Length && x > edges[at]) at++;
            return at;
        }
    }

    private static Drift Names(string name, double[] old, double[] now, int tests)
    {
        double n = old.Sum(), m = now.Sum(), chi = 0;
        int kinds = 0;
        for (int i = 0; i < old.Length; i++)
        {
            double all = old[i] + now[i];
            if (all == 0) continue;
            kinds++;
            double expected = all * m / (n + m), other = all * n / (n + m);
            chi += ((now[i] - expected) * (now[i] - expected) / expected) + ((old[i] - other) * (old[i] - other) / other);
        }

        double probability = ChiSquareAbove(chi, kinds - 1);
        return new(name, "chi2", chi / (n + m), Psi(old, now), probability, probability * tests < Level);
    }

    private delegate ReadOnlySpan<float> Part(int row);

    private static double[] Count(int rows, int width, Part part)
    {
        double[] counts = new double[width];
        for (int i = 0; i < rows; i++)
        {
            var marks = part(i);
            for (int j = 0; j < width; j++) counts[j] += marks[j] != 0 ? 1 : 0;
        }

        return counts;
    }

    /// <summary>Half a row is added to each bin, so that an empty one has a logarithm.</summary>
    private static double Psi(double[] old, double[] now)
    {
        double n = old.Sum() + (0.5 * old.Length), m = now.Sum() + (0.5 * now.Length), sum = 0;
        for (int i = 0; i < old.Length; i++)
        {
            double p = (old[i] + 0.5) / n, q = (now[i] + 0.5) / m;
            sum += (q - p) * Math.Log(q / p);
        }

        return sum;
    }

    private static int[] Draw(Random random, int count) => SampleScorer.Draw(random, count, Math.Min(count, MostRows));

    private static (double Energy, double Probability) Energy(List<float[]> rows, int old, Random random, CancellationToken cancel)
    {
        int n = rows.Count;
        float[] distances = new float[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++) distances[(i * n) + j] = distances[(j * n) + i] = MathF.Sqrt(Math.Min(Metric.SquaredL2(rows[i], rows[j]), float.MaxValue));
        double total = 0;
        foreach (float d in distances) total += d;
        int[] order = [.. Enumerable.Range(0, n)];
        double found = Of(order);
        int above = 1;
        for (int p = 0; p < Permutations; p++)
        {
            cancel.ThrowIfCancellationRequested();
            random.Shuffle(order);
            if (Of(order) >= found) above++;
        }

        return (found, above / (Permutations + 1.0));

        double Of(int[] permuted)
        {
            double within = 0, across = 0;
            for (int i = 0; i < old; i++)
            {
                int row = permuted[i] * n;
                for (int j = 0; j < old; j++) within += distances[row + permuted[j]];
                for (int j = old; j < n; j++) across += distances[row + permuted[j]];
            }

            double m = n - old, others = total - within - (2 * across);
            return Math.Max((2 * across / (old * m)) - (within / ((double)old * old)) - (others / (m * m)), 0);
        }
    }
}
