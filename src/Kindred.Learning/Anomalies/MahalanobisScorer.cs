namespace Kindred.Learning.Anomalies;

/// <summary>Mahalanobis' distance from the mean, the covariance shrunk as Ledoit and Wolf (2004) have it.</summary>
internal sealed class MahalanobisScorer(Rows rows) : IScorer
{
    private readonly Covariance _covariance = Covariance.LedoitWolf(rows, rows.Dimensions);

    public double Score(ReadOnlySpan<float> row) => Math.Sqrt(Squared(row));

    // Sherman and Morrison: what the distance would be without the row's own share in mean and covariance
    public double HeldOut(int index)
    {
        double squared = Squared(rows[index]), share = (1 - _covariance.Shrinkage) * squared / rows.Count;
        return Math.Sqrt(squared / Math.Max(1 - share, 1e-3)) * rows.Count / Math.Max(rows.Count - 1, 1);
    }

    private double Squared(ReadOnlySpan<float> row)
    {
        Span<float> white = row.Length <= 512 ? stackalloc float[row.Length] : new float[row.Length];
        _covariance.Whiten(row, white);
        double sum = 0;
        foreach (float x in white) sum += (double)x * x;
        return sum;
    }
}
