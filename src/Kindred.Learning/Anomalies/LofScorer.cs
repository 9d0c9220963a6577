namespace Kindred.Learning.Anomalies;

/// <summary>The local outlier factor (Breunig et al. 2000): how much thinner the rows lie here than around the nearest rows; 1 is no outlier.</summary>
internal sealed class LofScorer : IScorer
{
    private readonly Rows _rows;
    private readonly int _k;

    // of each training row: the distance to its k-th neighbour, and its local reachability density
    private readonly float[] _reach;
    private readonly double[] _density;

    public LofScorer(Rows rows, int k, CancellationToken cancel)
    {
        (_rows, _k) = (rows, Math.Min(k, Math.Max(rows.Count - 1, 1)));
        _reach = new float[rows.Count];
        _density = new double[rows.Count];
        var near = new (int[] Indices, float[] Distances)[rows.Count];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            float[] distances = new float[_k];
            int[] indices = new int[_k];
            int found = rows.Nearest(rows[i], [], distances, indices);
            near[i] = (indices[..found], distances[..found]);
            _reach[i] = found == 0 ? 0 : distances[found - 1];
        });
        for (int i = 0; i < rows.Count; i++) _density[i] = Density(near[i].Indices, near[i].Distances);
    }

    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> distances = stackalloc float[_k];
        Span<int> indices = stackalloc int[_k];
        int found = _rows.Nearest(row, [], distances, indices);
        if (found == 0) return 1;
        double mean = 0;
        foreach (int i in indices[..found]) mean += _density[i] / found;
        return mean / Density(indices[..found], distances[..found]);
    }

    public double HeldOut(int index) => Score(_rows[index]);

    private double Density(ReadOnlySpan<int> indices, ReadOnlySpan<float> distances)
    {
        double sum = 0;
        for (int i = 0; i < indices.Length; i++) sum += Math.Max(distances[i], _reach[indices[i]]);

        // copies lie infinitely close: 1e-10 keeps their density finite
        return 1 / ((sum / Math.Max(indices.Length, 1)) + 1e-10);
    }
}
