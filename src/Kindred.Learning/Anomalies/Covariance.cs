namespace Kindred.Learning.Anomalies;

/// <summary>A covariance shrunk towards a multiple of the identity, and its Cholesky factor.</summary>
internal sealed class Covariance
{
    private readonly double[] _mean;

    // lower triangle, row by row
    private readonly double[] _factor;
    private readonly double[] _precision;

    private Covariance(double[] mean, double[] covariance, double shrinkage)
    {
        (_mean, Shrinkage) = (mean, shrinkage);
        _factor = Factor(covariance, mean.Length);
        _precision = Invert(_factor, mean.Length);
    }

    /// <summary>The weight of the identity, 0 to 1.</summary>
    public double Shrinkage { get; }

    /// <summary>Shrunk by the weight that Ledoit and Wolf (2004) estimate from the rows.</summary>
    public static Covariance LedoitWolf(Rows rows, int dimensions)
    {
        var (mean, covariance) = Sample(rows, dimensions);
        int n = rows.Count, d = dimensions;
        double mu = 0, delta = 0, beta = 0;
        for (int i = 0; i < d; i++) mu += covariance[(i * d) + i] / d;
        for (int i = 0; i < d; i++)
            for (int j = 0; j < d; j++) delta += Square(covariance[(i * d) + j] - (i == j ? mu : 0));

        // the mean over the rows of |xxᵀ - S|² is that of |x|⁴, less |S|²
        double squares = covariance.Sum(Square);
        for (int r = 0; r < n; r++)
        {
            double length = 0;
            var row = rows[r];
            for (int j = 0; j < d; j++) length += Square(row[j] - mean[j]);
            beta += length * length;
        }

        beta = ((beta / n) - squares) / n;
        return new(mean, covariance, Shrink(covariance, d, delta > 0 ? Math.Clamp(beta / delta, 0, 1) : 1, mu));
    }

    /// <summary>Shrunk by a given weight towards unit variances.</summary>
    public static Covariance Shrunk(Rows rows, int dimensions, double weight)
    {
        var (mean, covariance) = Sample(rows, dimensions);
        return new(mean, covariance, Shrink(covariance, dimensions, weight, 1));
    }

    /// <summary>Replaces the first components of a row by uncorrelated ones of unit variance: the squared length is then Mahalanobis' distance.</summary>
    public void Whiten(ReadOnlySpan<float> row, Span<float> white)
    {
        int d = _mean.Length;
        var solved = d <= 512 ? stackalloc double[d] : new double[d];
        for (int i = 0, at = 0; i < d; i++)
        {
            double value = row[i] - _mean[i];
            for (int j = 0; j < i; j++) value -= _factor[at++] * solved[j];
            solved[i] = value / _factor[at++];
            white[i] = (float)Math.Clamp(solved[i], -1e15, 1e15);
        }

        row[d..].CopyTo(white[d..]);
    }

    /// <summary>The largest of what the first components have beyond what all the others foretell, each in its own deviations.</summary>
    public double LargestResidual(ReadOnlySpan<float> row)
    {
        int d = _mean.Length;
        double largest = 0;
        for (int i = 0; i < d; i++)
        {
            double sum = 0;
            for (int j = 0; j < d; j++) sum += _precision[(i * d) + j] * (row[j] - _mean[j]);
            largest = Math.Max(largest, Math.Abs(sum) / Math.Sqrt(_precision[(i * d) + i]));
        }

        return largest;
    }

    private static double Square(double x) => x * x;

    /// <summary>The inverse of the covariance, column by column through its factor.</summary>
    private static double[] Invert(double[] factor, int d)
    {
        double[] inverse = new double[d * d];
        for (int c = 0; c < d; c++)
        {
            var x = inverse.AsSpan(c * d, d);
            for (int i = c; i < d; i++)
            {
                double sum = i == c ? 1 : 0;
                for (int j = c; j < i; j++) sum -= factor[(i * (i + 1) / 2) + j] * x[j];
                x[i] = sum / factor[(i * (i + 1) / 2) + i];
            }

            for (int i = d - 1; i >= 0; i--)
            {
                double sum = x[i];
                for (int j = i + 1; j < d; j++) sum -= factor[(j * (j + 1) / 2) + i] * x[j];
                x[i] = sum / factor[(i * (i + 1) / 2) + i];
            }
        }

        return inverse;
    }

    private static double Shrink(double[] covariance, int d, double weight, double towards)
    {
        double floor = 1e-6 * Math.Max(towards, 1e-30);
        for (int i = 0; i < d; i++)
            for (int j = 0; j < d; j++) covariance[(i * d) + j] = ((1 - weight) * covariance[(i * d) + j]) + (i == j ? (weight * towards) + floor : 0);
        return weight;
    }

    private static (double[] Mean, double[] Covariance) Sample(Rows rows, int d)
    {
        int n = rows.Count;
        double[] mean = new double[d], centred = new double[d];
        for (int r = 0; r < n; r++)
            for (int j = 0; j < d; j++) mean[j] += (double)rows[r][j] / n;
        double[] sums = new double[d * d];
        for (int r = 0; r < n; r++)
        {
            var row = rows[r];
            for (int j = 0; j < d; j++) centred[j] = row[j] - mean[j];
            for (int i = 0; i < d; i++)
            {
                double x = centred[i];
                var to = sums.AsSpan(i * d, i + 1);
                for (int j = 0; j < to.Length; j++) to[j] += x * centred[j];
            }
        }

        for (int i = 0; i < d; i++)
            for (int j = 0; j <= i; j++) sums[(j * d) + i] = sums[(i * d) + j] /= n;
        return (mean, sums);
    }

    private static double[] Factor(double[] matrix, int d)
    {
        double[] factor = new double[d * (d + 1) / 2];
        for (int i = 0; i < d; i++)
        {
            int row = i * (i + 1) / 2;
            for (int j = 0; j <= i; j++)
            {
                int other = j * (j + 1) / 2;
                double sum = matrix[(i * d) + j];
                for (int k = 0; k < j; k++) sum -= factor[row + k] * factor[other + k];

                // rounding may leave a column that others determine without any variance of its own
                factor[row + j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / factor[other + j];
            }
        }

        return factor;
    }
}
