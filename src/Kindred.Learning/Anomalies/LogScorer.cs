namespace Kindred.Learning.Anomalies;

/// <summary>The logarithm of a distance, so that one row far out does not set the scale for all.</summary>
internal sealed class LogScorer(IScorer scorer, double least) : IScorer
{
    public double Score(ReadOnlySpan<float> row) => Math.Log(least + scorer.Score(row));

    public double HeldOut(int index) => Math.Log(least + scorer.HeldOut(index));
}
