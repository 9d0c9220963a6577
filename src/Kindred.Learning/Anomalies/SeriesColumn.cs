namespace Kindred.Learning.Anomalies;

/// <summary>What is normal in a column of a time series.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Profile">The median at each place in the season; one value where there is none.</param>
/// <param name="Long">The median of the mean size of the residual over the long window; above 0.</param>
/// <param name="Short">The median of the size of the mean residual over the short window; above 0.</param>
internal sealed record SeriesColumn(string Name, double[] Profile, double Long, double Short);
