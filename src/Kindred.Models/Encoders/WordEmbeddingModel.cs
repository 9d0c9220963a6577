using Kindred.Words.Sentences;
using Microsoft.Extensions.AI;

namespace Kindred.Models;

/// <summary>Word vectors as an encoder of texts: the weighted mean of each text's words, at unit length. Any number of threads may call.</summary>
/// <param name="name">What to call it.</param>
/// <param name="texts">How words become a text; its word vectors stay with the caller, who keeps them open.</param>
public sealed class WordEmbeddingModel(string name, SentenceVectors texts) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>A hash over the word vectors: equal fingerprints, comparable vectors.</summary>
    /// <exception cref="ObjectDisposedException">The word vectors were disposed of.</exception>
    public string Fingerprint => texts.Fingerprint;

    /// <summary>Turns texts into vectors.</summary>
    /// <param name="values">The texts, none of them null. A text without a known word has a vector of zeros.</param>
    /// <param name="options">Dimensions: keep only that many leading components, again at unit length.</param>
    /// <param name="cancellationToken">Stops between texts.</param>
    /// <returns>A vector for each text, in order. AdditionalProperties["unknown"] is the number of texts without a known word.</returns>
    /// <exception cref="ArgumentException">A text is null, or other than 1 to as many dimensions as there are are asked for.</exception>
    /// <exception cref="ObjectDisposedException">The word vectors were disposed of.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        int dimensions = options?.Dimensions ?? texts.Dimensions;
        if (dimensions < 1 || dimensions > texts.Dimensions) throw new ArgumentException($"{dimensions} dimensions are asked for, {name} has {texts.Dimensions}.", nameof(options));
        return Task.Run(() => Generate([.. values], dimensions, cancellationToken), cancellationToken);
    }

    /// <summary>Answers <see cref="EmbeddingGeneratorMetadata"/> and this type.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(EmbeddingGeneratorMetadata)) return new EmbeddingGeneratorMetadata("kindred", null, name, texts.Dimensions);
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Does nothing: the word vectors belong to the caller.</summary>
    public void Dispose()
    {
    }

    private GeneratedEmbeddings<Embedding<float>> Generate(string[] values, int dimensions, CancellationToken cancel)
    {
        int missing = Array.IndexOf(values, null);
        if (missing >= 0) throw new ArgumentException($"Text {missing} is null.", nameof(values));
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(values.Length);
        float[] whole = new float[texts.Dimensions];
        int unknown = 0;
        foreach (string text in values)
        {
            cancel.ThrowIfCancellationRequested();
            if (texts.Encode(text, whole) == 0) unknown++;
            float[] vector = whole[..dimensions];
            double norm = Math.Sqrt(vector.Sum(x => (double)x * x));
            if (norm > 0)
                for (int i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] / norm);
            embeddings.Add(new Embedding<float>(vector));
        }
        embeddings.AdditionalProperties = new() { ["unknown"] = unknown };
        return embeddings;
    }
}
