using System.Numerics.Tensors;
using Kindred.Models;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Storage;

/// <summary>Asks the model for vectors and lets none through that could not be compared.</summary>
internal sealed class Encoder(IEmbeddingGenerator<string, Embedding<float>> model, int dimensions, string path)
{
    /// <summary>Vectors of passages, in order.</summary>
    /// <param name="texts">The passages.</param>
    /// <param name="subject">Names the document of a passage, for the error.</param>
    /// <param name="cancel">Stops the model.</param>
    /// <returns>The vectors, and how many texts the model says it cut.</returns>
    public async Task<(float[][] Vectors, int Truncated)> PassagesAsync(IReadOnlyList<string> texts, Func<int, string> subject, CancellationToken cancel)
    {
        var made = await GenerateAsync(texts, null, cancel).ConfigureAwait(false);
        var vectors = new float[texts.Count][];
        for (int i = 0; i < vectors.Length; i++)
        {
            Check(made[i].Vector.Span, subject(i));
            vectors[i] = made[i].Vector.ToArray();
        }
        return (vectors, made.AdditionalProperties?.TryGetValue("truncated", out int truncated) == true ? truncated : 0);
    }

    /// <summary>The vector of a question, with the model's query prompt.</summary>
    public async Task<ReadOnlyMemory<float>> QueryAsync(string text, CancellationToken cancel)
    {
        var made = await GenerateAsync([text], EmbeddingPrompt.Query, cancel).ConfigureAwait(false);
        Check(made[0].Vector.Span, "the query");
        return made[0].Vector;
    }

    /// <summary>Vectors of several questions.</summary>
    public async Task<float[][]> QueriesAsync(IReadOnlyList<string> texts, CancellationToken cancel)
    {
        var made = await GenerateAsync(texts, EmbeddingPrompt.Query, cancel).ConfigureAwait(false);
        foreach (var embedding in made) Check(embedding.Vector.Span, "a query");
        return [.. made.Select(m => m.Vector.ToArray())];
    }

    /// <exception cref="InvalidVectorException">The length is wrong or a component is not finite.</exception>
    public void Check(ReadOnlySpan<float> vector, string subject)
    {
        if (vector.Length != dimensions)
            throw new InvalidVectorException(path, subject, -1, $"has {vector.Length} dimensions, the store's have {dimensions}");
        if (TensorPrimitives.IsFiniteAll(vector)) return;
        for (int i = 0; i < vector.Length; i++)
            if (!float.IsFinite(vector[i]))
                throw new InvalidVectorException(path, subject, i, $"has {(float.IsNaN(vector[i]) ? "NaN" : "infinity")} as component {i}");
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IReadOnlyList<string> texts, EmbeddingGenerationOptions? options, CancellationToken cancel)
    {
        try
        {
            var made = await model.GenerateAsync(texts, options, cancel).ConfigureAwait(false);
            return made.Count == texts.Count ? made : throw new StoreException(path, $"the model gave {made.Count} vectors for {texts.Count} texts");
        }
        catch (InvalidDataException e)
        {
            throw new StoreException(path, $"the model gave no usable vector ({e.Message.ReplaceLineEndings(" ")}): nothing was stored", e);
        }
    }
}
