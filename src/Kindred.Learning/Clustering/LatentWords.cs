using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>
/// Texts by the words they have: TF-IDF (1 + ln of the count, smoothed idf) in the space of its largest singular vectors (latent semantic analysis; Deerwester et al. 1990), found by
/// orthogonal iteration. Only products of rows count, so the vectors need not be told apart.
/// </summary>
internal static class LatentWords
{
    private const int Rounds = 8;

    /// <summary>A word in a larger share of the texts parts them no further.</summary>
    private const double MostShare = 0.2;

    /// <param name="texts">The texts.</param>
    /// <param name="dimensions">How many singular vectors.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n][dimensions or fewer], of length 1, or 0 for a text without words that count; null where no word does.</returns>
    public static float[][]? Of(IReadOnlyList<string> texts, int dimensions, CancellationToken cancel)
    {
        int n = texts.Count;
        var counts = WordCounts.Of(texts, n >= 100 ? 3 : 1, cancel);
        double most = Math.Max(MostShare * n, 2);
        var rows = new (int Word, float Weight)[n][];
        for (int t = 0; t < n; t++)
        {
            var row = counts.Texts[t].Where(c => counts.Documents[c.Word] <= most)
                .Select(c => (c.Word, Weight: (1 + Math.Log(c.Count)) * (1 + Math.Log((1.0 + n) / (1 + counts.Documents[c.Word]))))).ToArray();
            double length = Math.Sqrt(row.Sum(c => c.Weight * c.Weight));
            rows[t] = [.. row.Select(c => (c.Word, (float)(c.Weight / length)))];
        }

        int words = counts.Words.Length;
        dimensions = Math.Min(dimensions, Math.Min(words, n));
        if (dimensions == 0 || rows.All(row => row.Length == 0)) return null;
        float[] basis = Start(words, dimensions);
        var latent = new float[n * dimensions];
        for (int round = 0; ; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Orthonormalise(basis, words, dimensions);
            Multiply(rows, basis, latent, dimensions);
            if (round == Rounds) break;
            Array.Clear(basis);
            for (int t = 0; t < n; t++)
                foreach (var (word, weight) in rows[t])
                    RowMatrix.Add(basis.AsSpan(word * dimensions, dimensions), latent.AsSpan(t * dimensions, dimensions), weight);
        }

        float[][] result = [.. latent.Chunk(dimensions)];
        foreach (float[] row in result) Metric.Normalize(row);
        return result;
    }

    private static float[] Start(int words, int dimensions)
    {
        var random = new Random(1);
        var basis = new float[words * dimensions];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)(random.NextDouble() - 0.5);
        return basis;
    }

    private static void Multiply((int Word, float Weight)[][] rows, float[] basis, float[] latent, int dimensions) => Parallel.For(0, rows.Length, t =>
    {
        var sum = latent.AsSpan(t * dimensions, dimensions);
        sum.Clear();
        foreach (var (word, weight) in rows[t]) RowMatrix.Add(sum, basis.AsSpan(word * dimensions, dimensions), weight);
    });

    /// <summary>Gram-Schmidt on the columns of a row-major array, twice: once leaves rounding.</summary>
    private static void Orthonormalise(float[] basis, int words, int dimensions)
    {
        var columns = new float[dimensions][];
        for (int c = 0; c < dimensions; c++)
        {
            float[] column = columns[c] = new float[words];
            for (int w = 0; w < words; w++) column[w] = basis[(w * dimensions) + c];
            for (int twice = 0; twice < 2; twice++)
                for (int e = 0; e < c; e++) RowMatrix.Add(column, columns[e], -Metric.Dot(column, columns[e]));
            Metric.Normalize(column);
            for (int w = 0; w < words; w++) basis[(w * dimensions) + c] = column[w];
        }
    }
}
