namespace Kindred.Learning.Classification;

/// <summary>
/// Multinomial logistic regression with a squared penalty, by L-BFGS: minimises the sum of the rows' cross-entropies times C plus half the squared length of
/// the weights; the intercepts are free. Any number of threads may call one instance.
/// </summary>
public sealed class LogisticRegression
{
    private const double Tolerance = 1e-5;

    /// <summary>Rows longer than this are not worth a square of them.</summary>
    private const int MostPreconditioned = 1500;

    /// <summary>p · (1 - p) of a class, for the rows that still matter near the end.</summary>
    private const float Undecided = 0.03f;

    private readonly Panels weights;   // [d + 1, classes], the intercept last

    private LogisticRegression(Panels weights) => this.weights = weights;

    /// <summary>How many classes there are.</summary>
    public int Classes => weights.Columns;

    /// <summary>The length of a row.</summary>
    public int Dimensions => weights.Rows - 1;

    /// <summary>Learns from rows with a class each.</summary>
    /// <param name="rows">Shape [n, d], finite.</param>
    /// <param name="labels">Shape [n]: the class of each row, from 0.</param>
    /// <param name="c">What errors cost beside large weights; greater is closer to the rows.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There is no row, a shape is wrong, a value is not finite, or there is only one class.</exception>
    public static LogisticRegression Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<int> labels, double c = 1, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(c);
        if (rows.Count == 0 || rows.Count != labels.Count) throw new ArgumentException($"{rows.Count} rows and {labels.Count} labels: as many of each are wanted, and at least one.", nameof(labels));
        if (labels.Min() < 0) throw new ArgumentException("A class is below 0.", nameof(labels));
        int classes = labels.Max() + 1;
        if (classes < 2 || labels.Distinct().Count() < 2) throw new ArgumentException("All rows have one class: two are wanted at least.", nameof(labels));
        return Fit(DenseRows.Copy(rows), Targets.Of(labels, classes), c, null, cancel);
    }

    internal static LogisticRegression Fit(DenseRows rows, Targets targets, double c, LogisticRegression? start, CancellationToken cancel, double tolerance = Tolerance)
    {
        int n = rows.Count, d = rows.Width, k = targets.Classes;

        // the intercepts are free, so centred rows have the same minimum, and the steps find it sooner
        var mean = new float[d];
        for (int i = 0; i < n; i++)
        {
            var row = rows[i];
            for (int j = 0; j < d; j++) mean[j] += row[j] / n;
        }

        var centred = new DenseRows(n, d + 1);
        for (int i = 0; i < n; i++)
        {
            Span<float> from = rows[i], to = centred[i];
            for (int j = 0; j < d; j++) to[j] = from[j] - mean[j];
            to[d] = 1;
        }

        var turned = centred.Transpose();
        Panels point = new(d + 1, k), trial = new(d + 1, k), scores = new(n, k), gradient = new(d + 1, k);
        if (start is not null)
        {
            start.weights.Values.CopyTo(point.Values, 0);
            Shift(point, mean, 1);
        }

        float penalty = (float)(1 / (c * n));
        LimitedMemoryBfgs.Minimise(point.Values, Evaluate, Precondition(turned, penalty), tolerance, 1000, cancel);
        Shift(point, mean, -1);
        return new LogisticRegression(point);

        double Evaluate(float[] at, float[] slope)
        {
            at.CopyTo(trial.Values, 0);
            scores.Multiply(centred, trial);
            double loss = targets.LossAndSlopes(scores);
            gradient.Multiply(turned, scores);
            double length = 0;
            for (int p = 0; p < point.Count; p++)
            {
                int first = p * (d + 1) * Panels.Lanes, end = first + (d * Panels.Lanes);
                for (int j = first; j < end; j++)
                {
                    length += (double)at[j] * at[j];
                    slope[j] = gradient.Values[j] / n + (penalty * at[j]);
                }

                for (int j = end; j < end + Panels.Lanes; j++) slope[j] = gradient.Values[j] / n;
            }

            return (loss / n) + (0.5 * penalty * length);
        }
    }

    /// <summary>
    /// The second derivatives are near the rows' covariance times how undecided the classes are, plus the penalty (Böhning 1992 takes that as a bound): steps in its measure are far fewer.
    /// </summary>
    private static Action<float[]>? Precondition(DenseRows turned, float penalty)
    {
        int d = turned.Count;
        if (d > MostPreconditioned) return null;
        var square = new Panels(d, d);
        square.Multiply(turned, Panels.OfRows(turned));
        var matrix = square.ToRows();
        foreach (ref float x in matrix.Values.AsSpan()) x *= Undecided / turned.Width;
        var root = SquareSystem.Factor(matrix, penalty).InverseOfLower().Transpose();
        var inverse = KernelRidge.Product(root, root);
        return direction =>
        {
            var from = new Panels(d, direction.Length / d, direction);
            var to = new Panels(d, from.Columns);
            to.Multiply(inverse, from);
            to.Values.CopyTo(direction, 0);
        };
    }

    /// <summary>The intercepts of rows that are moved by the mean.</summary>
    private static void Shift(Panels weights, float[] mean, int sign)
    {
        int d = mean.Length;
        for (int c = 0; c < weights.Columns; c++)
        {
            double sum = 0;
            for (int j = 0; j < d; j++) sum += (double)mean[j] * weights[j, c];
            weights[d, c] += (float)(sign * sum);
        }
    }

    /// <summary>The probability of each class for a row.</summary>
    /// <param name="row">Shape [d].</param>
    /// <param name="probabilities">Receives shape [classes], of sum 1.</param>
    /// <exception cref="ArgumentException">A shape is wrong.</exception>
    public void Predict(ReadOnlySpan<float> row, Span<float> probabilities)
    {
        if (row.Length != Dimensions) throw new ArgumentException($"The row has {row.Length} components, the classifier {Dimensions}.", nameof(row));
        if (probabilities.Length != Classes) throw new ArgumentException($"There are {Classes} classes, the span has {probabilities.Length} places.", nameof(probabilities));
        var one = new DenseRows(1, Dimensions);
        row.CopyTo(one[0]);
        Score(one)[0].CopyTo(probabilities);
        Softmax.Apply(probabilities);
    }

    /// <summary>The scores before the softmax, shape [rows, classes].</summary>
    internal DenseRows Score(DenseRows rows)
    {
        var extended = new DenseRows(rows.Count, rows.Width + 1);
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(extended[i]);
            extended[i][^1] = 1;
        }

        var scores = new Panels(rows.Count, Classes);
        scores.Multiply(extended, weights);
        return scores.ToRows();
    }

    /// <summary>Shape [d + 1, classes], the intercepts last.</summary>
    internal DenseRows ToRows() => weights.ToRows();

    internal static LogisticRegression OfRows(DenseRows rows)
    {
        var panels = new Panels(rows.Count, rows.Width);
        for (int j = 0; j < rows.Count; j++)
            for (int c = 0; c < rows.Width; c++) panels[j, c] = rows[j][c];
        return new LogisticRegression(panels);
    }
}
