using System.Numerics.Tensors;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Storage;

/// <summary>Asks the model for vectors and lets none through that could not be compared.</summary>
internal sealed class Encoder(IEmbeddingGenerator<string, Embedding<float>> model, int dimensions, string path)
{
    /// <summary>Vectors of passages, in order.</summary>
    /// <param name="texts">The passages.</param>
    /// <param name="subject">Names the document of a passage, for the error.</param>
    /// <param name="cancel">Stops the model.</param>
    public async Task<float[][]> PassagesAsync(IReadOnlyList<string> texts, Func<int, string> subject, CancellationToken cancel)
    {
        var made = await model.GenerateAsync(texts, options: null, cancel).ConfigureAwait(false);
        if (made.Count != texts.Count) throw new StoreException(path, $"the model gave {made.Count} vectors for {texts.Count} texts");
        var vectors = new float[texts.Count][];
        for (int i = 0; i < vectors.Length; i++)
        {
            Check(made[i].Vector.Span, subject(i));
            vectors[i] = made[i].Vector.ToArray();
        }
        return vectors;
    }

    /// <summary>The vector of a question, with the model's query prompt.</summary>
    public async Task<ReadOnlyMemory<float>> QueryAsync(string text, CancellationToken cancel)
    {
        var made = await model.GenerateAsync([text], Kindred.Models.EmbeddingPrompt.Query, cancel).ConfigureAwait(false);
        if (made.Count != 1) throw new StoreException(path, $"the model gave {made.Count} vectors for the query");
        Check(made[0].Vector.Span, "the query");
        return made[0].Vector;
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
}
