using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>What texts are clustered by: what they mean and the words they have; and, for k-means, each row moved towards its nearest ones.</summary>
public static class TextFeatures
{
    /// <summary>What words count beside meaning, and in how many dimensions: measured on news and on support tickets (docs/performance.md).</summary>
    private const float WordWeight = 0.5f;

    private const int WordDimensions = 100, MostNeighbors = 9, Rounds = 3;

    /// <summary>Fewer rows than these for a neighbour, and neighbours would be of other topics.</summary>
    private const int RowsPerNeighbor = 50;

    /// <summary>Turns texts into rows to cluster: vectors without what all have in common, of length 1, and beside them half as long what their words say (latent semantic analysis).</summary>
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
        var rows = new ReadOnlyMemory<float>[n];
        for (int i = 0; i < n; i++)
        {
            float[] row = new float[d + (words?[i].Length ?? 0)];
            centred.AsSpan(i * d, d).CopyTo(row);
            Metric.Normalize(row.AsSpan(0, d));
            for (int j = d; j < row.Length; j++) row[j] = WordWeight * words![i][j - d];
            Metric.Normalize(row);
            rows[i] = row;
        }

        return rows;
    }

    /// <summary>
    /// Moves rows towards the dense middles of their topics: three times each becomes the mean of itself and its nearest nine (fewer where there are under 450 rows), a low-pass filter on the
    /// graph of neighbours.
    /// </summary>
    /// <param name="rows">Shape [n, d], finite.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n, d], each of length 1 or 0. Equal rows stay equal.</returns>
    /// <exception cref="ArgumentException">There are no rows, or their lengths differ.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Smooth(IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RowMatrix.Width(rows);

        // equal rows are one, or each would have other neighbours
        var places = new Dictionary<ReadOnlyMemory<float>, int>(RowComparer.Instance);
        foreach (var row in rows) places.TryAdd(row, places.Count);
        ReadOnlyMemory<float>[] now = [.. places.Keys];
        int neighbors = Math.Min(MostNeighbors, now.Length / RowsPerNeighbor);
        if (neighbors == 0) return rows;
        var near = Nearest.FindMost(now, neighbors, cancel);
        for (int round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlyMemory<float>[] from = now, to = new ReadOnlyMemory<float>[now.Length];
            Parallel.For(0, to.Length, i =>
            {
                float[] sum = from[i].ToArray();
                foreach (var (row, _) in near[i]) RowMatrix.Add(sum, from[row].Span);
                Metric.Normalize(sum);
                to[i] = sum;
            });
            now = to;
        }

        return [.. rows.Select(row => now[places[row]])];
    }
}
