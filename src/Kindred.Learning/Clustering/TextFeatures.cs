using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>
/// What texts are clustered by: what they mean and the words they have, each row moved towards its nearest ones. Vectors lose what all have in common and count fully, latent words half; then
/// each row becomes the mean of itself and its nine nearest, three times, so that the dense middles of topics draw together (a low-pass filter on the graph of neighbours).
/// </summary>
public static class TextFeatures
{
    /// <summary>What words count beside meaning, and in how many dimensions: measured on news and on support tickets (docs/performance.md).</summary>
    private const float WordWeight = 0.5f;

    private const int WordDimensions = 100, MostNeighbors = 9, Rounds = 3;

    /// <summary>Fewer rows than these for a neighbour, and neighbours would be of other topics.</summary>
    private const int RowsPerNeighbor = 50;

    /// <summary>Turns texts into rows to cluster.</summary>
    /// <param name="vectors">What an encoder gives for each text, shape [n, d], finite.</param>
    /// <param name="texts">The texts, shape [n]; null to go by the vectors alone.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n, any], each of length 1 or 0. Equal texts have equal rows.</returns>
    /// <exception cref="ArgumentException">The numbers of vectors and texts differ, or the vectors' lengths do.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Combine(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<string>? texts, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (texts is not null && texts.Count != vectors.Count) throw new ArgumentException($"{vectors.Count} vectors are of {texts.Count} texts.", nameof(texts));
        int n = vectors.Count, d = RowMatrix.Width(vectors);
        float[] centred = RowMatrix.Copy(vectors, d);

        // what a few texts have in common, and their words, tell chance from topics no better than the vectors do
        bool few = n < RowsPerNeighbor;
        if (!few) RowMatrix.Centre(centred, d);
        float[][]? words = texts is null || few ? null : LatentWords.Of(texts, WordDimensions, cancel);
        var rows = new float[n][];
        for (int i = 0; i < n; i++)
        {
            rows[i] = new float[d + (words?[i].Length ?? 0)];
            centred.AsSpan(i * d, d).CopyTo(rows[i]);
            Metric.Normalize(rows[i].AsSpan(0, d));
            for (int j = d; j < rows[i].Length; j++) rows[i][j] = WordWeight * words![i][j - d];
            Metric.Normalize(rows[i]);
        }

        // equal rows are smoothed as one, or each would have other neighbours
        int[] distinct = Distinct(rows, out int[] place);
        float[][] smooth = Smooth([.. distinct.Select(i => rows[i])], cancel);
        return [.. place.Select(p => new ReadOnlyMemory<float>(smooth[p]))];
    }

    private static int[] Distinct(float[][] rows, out int[] place)
    {
        var known = new Dictionary<ReadOnlyMemory<float>, int>(RowComparer.Instance);
        var firsts = new List<int>();
        place = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            if (!known.TryGetValue(rows[i], out place[i]))
            {
                known[rows[i]] = place[i] = firsts.Count;
                firsts.Add(i);
            }
        }

        return [.. firsts];
    }

    private static float[][] Smooth(float[][] rows, CancellationToken cancel)
    {
        int neighbors = Math.Min(MostNeighbors, rows.Length / RowsPerNeighbor);
        if (neighbors == 0) return rows;
        var near = Nearest.Find([.. rows.Select(row => new ReadOnlyMemory<float>(row))], neighbors, cancel);
        for (int round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            float[][] now = rows, next = new float[rows.Length][];
            Parallel.For(0, next.Length, i =>
            {
                float[] sum = [.. now[i]];
                foreach (var (row, _) in near[i]) RowMatrix.Add(sum, now[row]);
                Metric.Normalize(sum);
                next[i] = sum;
            });
            rows = next;
        }

        return rows;
    }
}
