namespace Kindred.Learning.Anomalies;

/// <summary>A scorer of rows whose correlations are taken out first.</summary>
internal sealed class SpaceScorer : IScorer
{
    private readonly Covariance _space;
    private readonly IScorer _scorer;

    /// <param name="rows">The training set.</param>
    /// <param name="space">Takes the correlations out.</param>
    /// <param name="scorer">Makes the scorer of the rows so changed.</param>
    public SpaceScorer(Rows rows, Covariance space, Func<Rows, IScorer> scorer)
    {
        _space = space;
        float[] white = new float[rows.Values.Length];
        for (int i = 0; i < rows.Count; i++) space.Whiten(rows[i], white.AsSpan(i * rows.Dimensions, rows.Dimensions));
        _scorer = scorer(new Rows(white, rows.Dimensions));
    }

    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> white = row.Length <= 1024 ? stackalloc float[row.Length] : new float[row.Length];
        _space.Whiten(row, white);
        return _scorer.Score(white);
    }

    public double HeldOut(int index) => _scorer.HeldOut(index);
}
