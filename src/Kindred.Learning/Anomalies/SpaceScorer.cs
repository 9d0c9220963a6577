namespace Kindred.Learning.Anomalies;

/// <summary>A scorer of rows that are changed first, such as by taking correlations out.</summary>
internal sealed class SpaceScorer : IScorer
{
    private readonly int _dimensions;
    private readonly Change _change;
    private readonly IScorer _scorer;

    /// <param name="dimensions">Components of a changed row.</param>
    /// <param name="change">Changes a row.</param>
    /// <param name="scorer">The scorer of the changed rows.</param>
    public SpaceScorer(int dimensions, Change change, IScorer scorer) => (_dimensions, _change, _scorer) = (dimensions, change, scorer);

    public delegate void Change(ReadOnlySpan<float> row, Span<float> changed);

    /// <summary>The training set, changed.</summary>
    public static Rows Of(Rows rows, Change change)
    {
        int dimensions = rows.Dimensions;
        float[] changed = new float[rows.Count * dimensions];
        for (int i = 0; i < rows.Count; i++) change(rows[i], changed.AsSpan(i * dimensions, dimensions));
        return new Rows(changed, dimensions);
    }

    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> changed = _dimensions <= 1024 ? stackalloc float[_dimensions] : new float[_dimensions];
        _change(row, changed);
        return _scorer.Score(changed);
    }

    public double HeldOut(int index) => _scorer.HeldOut(index);
}
