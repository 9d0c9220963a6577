using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>What texts are clustered by: what they mean and the words they have; and, for k-means, each row moved towards its nearest ones.</summary>
public static class TextFeatures
{
    /// <summary>What words and the layer count beside the vector, and in how many dimensions words do: measured on news and on support tickets (docs/performance.md).</summary>
    private const float WordWeight = 0.5f, LayerWeight = 0.7f;

    private const int WordDimensions = 100, MostNeighbors = 9, Rounds = 3;

    /// <summary>Fewer rows than these for a neighbour, and neighbours would be of other topics.</summary>
    private const int RowsPerNeighbor = 50;

    /// <summary>
    /// Turns texts into rows to cluster: vectors without what all have in common, of length 1, beside them 0.7 as long the encoder's last layer but two, and half as long what the texts' words say
    /// (latent semantic analysis). The layer knows kinds of text that the vector, which is trained to tell single texts apart, no longer does.
    /// </summary>
    /// <param name="vectors">What an encoder gives for each text, shape [n, d], finite.</param>
    /// <param name="texts">The texts, shape [n]; null to go by the vectors alone.</param>
    /// <param name="layers">What the encoder's last four layers say of each text, shape [n, 4 · width], the last layer last; null for none.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n, any], each of length 1 or 0. Equal texts have equal rows.</returns>
    /// <exception cref="ArgumentException">The numbers of vectors, texts and layers differ, or the lengths of vectors or of layers do.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Combine(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<string>? texts, IReadOnlyList<ReadOnlyMemory<float>>? layers = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        int n = vectors.Count;
        if (texts is not null && texts.Count != n) throw new ArgumentException($"{n} vectors are of {texts.Count} texts.", nameof(texts));
        if (layers is not null && layers.Count != n) throw new ArgumentException($"{n} vectors have the layers of {layers.Count}.", nameof(layers));

        // what a few texts have in common, and their words, tell chance from topics no better than the vectors do
        bool few = n < RowsPerNeighbor;
        var parts = new List<(float[] Rows, int Width, float Weight)> { Meaning(vectors, 1) };
        if (layers is not null && !few) parts.Add(Meaning([.. layers.Select(l => l[(l.Length / 4)..(l.Length / 2)])], LayerWeight));
        if (texts is not null && !few && LatentWords.Of(texts, WordDimensions, cancel) is { } words) parts.Add(([.. words.SelectMany(w => w)], words[0].Length, WordWeight));
        int length = parts.Sum(p => p.Width);
        var rows = new ReadOnlyMemory<float>[n];
        for (int i = 0; i < n; i++)
        {
            float[] row = new float[length];
            int at = 0;
            foreach (var (from, width, weight) in parts)
            {
                var part = row.AsSpan(at, width);
                from.AsSpan(i * width, width).CopyTo(part);
                Metric.Normalize(part);
                foreach (ref float x in part) x *= weight;
                at += width;
            }

            Metric.Normalize(row);
            rows[i] = row;
        }

        return rows;

        (float[] Rows, int Width, float Weight) Meaning(IReadOnlyList<ReadOnlyMemory<float>> of, float weight)
        {
            int d = RowMatrix.Width(of);
            float[] all = RowMatrix.Copy(of, d);
            for (int i = 0; i < n; i++) Metric.Normalize(all.AsSpan(i * d, d));
            if (!few) RowMatrix.Centre(all, d);
            return (all, d, weight);
        }
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
