namespace Kindred.Learning.Anomalies;

/// <summary>
/// The mean logarithm of the distance to the k-th nearest row of small random samples (Pang et al. 2015; Aggarwal and Sathe 2015): in a sample a group
/// of anomalies is as thin as a single one, so that they cannot vouch for each other.
/// </summary>
internal sealed class SampleScorer : IScorer
{
    private readonly Rows _rows;
    private readonly int[][] _samples;
    private readonly int _k;
    private readonly double _least;

    /// <param name="rows">The training set.</param>
    /// <param name="size">Rows of a sample; half the rows at most.</param>
    /// <param name="k">Which neighbour.</param>
    /// <param name="samples">How many samples.</param>
    /// <param name="seed">Draws the samples.</param>
    /// <param name="least">Distances count as this at least, so that copies have a logarithm.</param>
    public SampleScorer(Rows rows, int size, int k, int samples, int seed, double least)
    {
        (_rows, _k, _least) = (rows, k, least);
        size = Math.Min(size, Math.Max(rows.Count / 2, Math.Min(2, rows.Count)));
        var random = new Random(seed);
        _samples = [.. Enumerable.Range(0, samples).Select(_ => Draw(random, rows.Count, size))];
    }

    public double Score(ReadOnlySpan<float> row)
    {
        Span<float> distances = stackalloc float[_k];
        Span<int> indices = stackalloc int[_k];
        double sum = 0;
        foreach (int[] sample in _samples)
        {
            int found = _rows.Nearest(row, sample, distances, indices);
            sum += Math.Log(_least + (found == 0 ? 0 : distances[found - 1]));
        }

        return sum / _samples.Length;
    }

    public double HeldOut(int index) => Score(_rows[index]);

    /// <summary>Different numbers below <paramref name="below"/>.</summary>
    internal static int[] Draw(Random random, int below, int count)
    {
        if (2 * count >= below)
        {
            int[] all = [.. Enumerable.Range(0, below)];
            random.Shuffle(all);
            return all[..count];
        }

        var drawn = new HashSet<int>(count);
        while (drawn.Count < count) drawn.Add(random.Next(below));
        return [.. drawn];
    }
}
