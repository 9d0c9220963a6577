namespace Kindred.Learning.Anomalies;

/// <summary>How a time series is cut.</summary>
/// <param name="Step">Seconds between rows.</param>
/// <param name="Period">Seconds of a season; 0 for none.</param>
/// <param name="Slot">Seconds of a place in the season.</param>
/// <param name="Long">Rows of the long window.</param>
/// <param name="Short">Rows of the short window.</param>
internal sealed record SeriesLayout(double Step, double Period, double Slot, int Long, int Short)
{
    /// <summary>Places in the season.</summary>
    public long Slots => Period > 0 ? Math.Max(1, (long)Math.Ceiling((Period / Slot) - 1e-9)) : 1;

    public int Place(double time)
    {
        if (Period <= 0) return 0;
        double into = time - (Math.Floor(time / Period) * Period);
        return (int)Math.Clamp(Math.Floor((into / Slot) + 1e-9), 0, Slots - 1);
    }

    /// <summary>The median at each place; a place without a row gets that of all.</summary>
    public double[] Profile(double[] times, double[] values)
    {
        var at = new List<double>[Slots];
        for (int i = 0; i < values.Length; i++) (at[Place(times[i])] ??= []).Add(values[i]);
        double all = SeriesDetector.Median(values);
        return [.. at.Select(list => list is null ? all : SeriesDetector.Median([.. list]))];
    }
}
