namespace Kindred.Learning.Classification;

/// <summary>What a <see cref="Classifier"/> reads: texts, their vectors, or both of the same rows.</summary>
/// <param name="Texts">Shape [n], or null.</param>
/// <param name="Vectors">Shape [n, d], finite, or null.</param>
public sealed record Samples(IReadOnlyList<string>? Texts, IReadOnlyList<ReadOnlyMemory<float>>? Vectors)
{
    /// <summary>What rows without a text are called, files for example: shape [n], or null. Nothing is learnt from it; an explanation shows it as the row's text.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>What number each row has in its file, from 1, where some of the file's rows were left out: shape [n]; their places when null. An explanation calls the row by it.</summary>
    public IReadOnlyList<int>? RowNumbers { get; init; }

    /// <summary>
    /// What the layers of the encoder say of each text, as <c>EmbeddingModel.GenerateWithLayersAsync</c> gives it: shape [n, m], finite, or null. They tell mood, tone and form better than the vectors do.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<float>>? Layers { get; init; }

    /// <summary>The texts' vectors by the encoder with <see cref="Classifier.Tuning"/>, where a classifier has one: shape [n, d], finite, or null. Nothing is learnt from it.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>>? Tuned { get; init; }

    /// <summary>How many rows there are.</summary>
    public int Count => Texts?.Count ?? Vectors?.Count ?? 0;
}
