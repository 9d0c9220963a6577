using System.Globalization;

namespace Kindred.Learning.Anomalies;

/// <summary>Watches a time series row by row. For one thread.</summary>
public sealed class SeriesMonitor
{
    private readonly SeriesDetector _detector;
    private readonly Queue<double>[] _long;
    private readonly Queue<double>[] _short;
    private readonly double[] _longSums;
    private readonly double[] _shortSums;
    private int _hold;

    internal SeriesMonitor(SeriesDetector detector)
    {
        _detector = detector;
        int columns = detector.Parts.Length;
        _long = [.. Enumerable.Range(0, columns).Select(_ => new Queue<double>())];
        _short = [.. Enumerable.Range(0, columns).Select(_ => new Queue<double>())];
        (_longSums, _shortSums) = (new double[columns], new double[columns]);
    }

    /// <summary>Scores the next row. An alarm goes on until a long window has passed without another score above the threshold.</summary>
    /// <param name="time">Seconds, as in the fit.</param>
    /// <param name="values">Shape [columns], finite.</param>
    /// <returns>The score is in limits: 1 is 3.6 times the usual residual over the long window, or 17 times the usual mean residual over the short one.</returns>
    /// <exception cref="ArgumentException">The shape is another, or a number is not finite.</exception>
    public Anomaly Next(double time, ReadOnlySpan<double> values)
    {
        if (values.Length != _long.Length) throw new ArgumentException($"The row has {values.Length} values, {_long.Length} are wanted.", nameof(values));
        int most = 0;
        double score = double.NegativeInfinity, expected = 0;
        for (int c = 0; c < values.Length; c++)
        {
            var part = _detector.Parts[c];
            double normal = part.Profile[_detector.Layout.Place(time)], residual = values[c] - normal;
            if (!double.IsFinite(residual) || !double.IsFinite(time)) throw new ArgumentException($"{part.Name} or the time is not a finite number.", nameof(values));
            Push(_long[c], ref _longSums[c], Math.Min(Math.Abs(residual), 1e150), _detector.Layout.Long);
            Push(_short[c], ref _shortSums[c], Math.Clamp(residual, -1e150, 1e150), _detector.Layout.Short);

            // what has not been seen yet counts as usual
            double longTimes = ((_longSums[c] / part.Long) + (_detector.Layout.Long - _long[c].Count)) / _detector.Layout.Long;
            double joined = SeriesDetector.Join(longTimes, Math.Abs(_shortSums[c]) / _detector.Layout.Short / part.Short);
            if (joined > score) (score, most, expected) = (joined, c, normal);
        }

        _hold = score > _detector.Threshold ? _detector.Layout.Long : Math.Max(_hold - 1, 0);
        var why = new AnomalousColumn(_detector.Parts[most].Name, values[most].ToString("G6", CultureInfo.InvariantCulture), expected.ToString("G6", CultureInfo.InvariantCulture), 1);
        return new(score, _hold > 0, _detector.Tail.Probability(score), [why], []);
    }

    private static void Push(Queue<double> window, ref double sum, double value, int size)
    {
        window.Enqueue(value);
        sum += value;
        if (window.Count > size) sum -= window.Dequeue();
        if (window.Count == size && value == 0) sum = window.Sum();   // rounding must not outlive the large values it came from
    }
}
