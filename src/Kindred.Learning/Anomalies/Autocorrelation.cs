namespace Kindred.Learning.Anomalies;

/// <summary>The period of a series by its autocorrelation.</summary>
internal static class Autocorrelation
{
    private const int MostLag = 2000;
    private const double Least = 0.3;

    /// <returns>The lag, at least 4 rows and at most a quarter of the series, at which the series is most like itself again after having been less so; 0 for none.</returns>
    public static int Period(double[] values)
    {
        int most = Math.Min(values.Length / 4, MostLag);
        double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean));
        if (variance == 0 || most < 4) return 0;
        int best = 0;
        double highest = Least, lowest = 1;
        for (int lag = 1; lag <= most; lag++)
        {
            double sum = 0;
            for (int i = lag; i < values.Length; i++) sum += (values[i] - mean) * (values[i - lag] - mean);
            double correlation = sum / variance * values.Length / (values.Length - lag);
            lowest = Math.Min(lowest, correlation);

            // a slow drift is alike at short lags too: only what rises again is a season, and a multiple must be clearly better than the period itself
            if (lag >= 4 && correlation > lowest + 0.2 && correlation > highest + (best > 0 ? 0.05 : 0)) (best, highest) = (lag, correlation);
            else if (best > 0 && lag < 1.2 * best && correlation > highest) (best, highest) = (lag, correlation);
        }

        return best;
    }
}
