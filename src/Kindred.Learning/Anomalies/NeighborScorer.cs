namespace Kindred.Learning.Anomalies;

/// <summary>The distance to the k-th nearest row (Ramaswamy et al. 2000).</summary>
internal sealed class NeighborScorer(Rows rows, int k) : IScorer
{
    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> distances = stackalloc float[k];
        Span<int> indices = stackalloc int[k];
        int found = rows.Nearest(row, [], distances, indices);
        return found == 0 ? 0 : distances[found - 1];
    }

    public double HeldOut(int index) => Score(rows[index]);
}
