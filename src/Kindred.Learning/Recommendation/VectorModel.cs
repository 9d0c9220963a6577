using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>Items near the weighted mean of what a user liked, by cosine: vectors of content, or of items as words (item2vec).</summary>
/// <param name="name">What its array is called in a file.</param>
/// <param name="vectors">Shape [items, dimensions]; rows of unit length, or of zeros for an item without a vector.</param>
/// <param name="dimensions">The length of a row.</param>
internal sealed class VectorModel(string name, float[] vectors, int dimensions) : IItemModel
{
    public int Dimensions => dimensions;

    public ReadOnlySpan<float> VectorOf(int item) => vectors.AsSpan(item * dimensions, dimensions);

    /// <summary>The weighted mean of the vectors of a user's likes.</summary>
    public static float[] Mean(in Profile profile, float[] vectors, int dimensions)
    {
        float[] mean = new float[dimensions];
        float all = 0;
        for (int p = 0; p < profile.Items.Length; p++)
        {
            Cholesky.AddScaled(profile.Weights[p], vectors.AsSpan(profile.Items[p] * dimensions, dimensions), mean);
            all += profile.Weights[p];
        }

        for (int d = 0; all > 0 && d < dimensions; d++) mean[d] /= all;
        return mean;
    }

    /// <summary>Vectors of content: less their mean, which says nothing about any item, and of unit length.</summary>
    /// <param name="table">The items.</param>
    /// <param name="content">A vector for each item that has one.</param>
    public static VectorModel OfContent(InteractionTable table, IReadOnlyDictionary<string, ReadOnlyMemory<float>> content)
    {
        int d = content.Values.First().Length;
        float[] vectors = new float[checked(table.Items.Count * d)], mean = new float[d];
        foreach (var vector in content.Values) Cholesky.AddScaled(1f / content.Count, vector.Span, mean);
        for (int i = 0; i < table.Items.Count; i++)
        {
            if (!content.TryGetValue(table.Items[i], out var vector)) continue;
            var row = vectors.AsSpan(i * d, d);
            vector.Span.CopyTo(row);
            if (content.Count > 1) Cholesky.AddScaled(-1, mean, row);
            Metric.Normalize(row);
        }

        return new("content", vectors, d);
    }

    public void Score(in Profile profile, Span<float> scores)
    {
        float[] mean = Mean(profile, vectors, dimensions);
        Metric.Normalize(mean);
        for (int i = 0; i < scores.Length; i++) scores[i] = Metric.Dot(mean, VectorOf(i));
    }

    public float Contribution(int liked, int item) => Metric.Dot(VectorOf(liked), VectorOf(item));

    public IEnumerable<SafetensorsTensor> Tensors() => [new(name, vectors, vectors.Length / dimensions, dimensions)];
}
