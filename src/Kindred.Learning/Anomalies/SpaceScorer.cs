namespace Kindred.Learning.Anomalies;

/// <summary>A scorer of rows that are changed first, such as by taking correlations out.</summary>
internal sealed class SpaceScorer : IScorer
{
    private readonly int _dimensions;
    private readonly Change _change;
    private readonly IScorer _scorer;

    /// <param name="rows">The training set.</param>
    /// <param name="dimensions">Components of a changed row.</param>
    /// <param name="change">Changes a row.</param>
    /// <param name="scorer">Makes the scorer of the changed rows.</param>
    public SpaceScorer(Rows rows, int dimensions, Change change, Func<Rows, IScorer> scorer)
    {
        (_dimensions, _change) = (dimensions, change);
        float[] changed = new float[rows.Count * dimensions];
        for (int i = 0; i < rows.Count; i++) change(rows[i], changed.AsSpan(i * dimensions, dimensions));
        _scorer = scorer(new Rows(changed, dimensions));
    }

    public delegate void Change(ReadOnlySpan<float> row, Span<float> changed);

    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> changed = _dimensions <= 1024 ? stackalloc float[_dimensions] : new float[_dimensions];
        _change(row, changed);
        return _scorer.Score(changed);
    }

    public double HeldOut(int index) => _scorer.HeldOut(index);
}
