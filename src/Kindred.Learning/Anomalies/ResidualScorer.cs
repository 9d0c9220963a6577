namespace Kindred.Learning.Anomalies;

/// <summary>How far the column that fits the others least lies from what they foretell: the logarithm of its residual in deviations.</summary>
internal sealed class ResidualScorer(Rows rows, Covariance space) : IScorer
{
    public double Score(ReadOnlySpan<float> row) => Math.Log(1e-3 + space.LargestResidual(row));

    public double HeldOut(int index) => Score(rows[index]);
}
