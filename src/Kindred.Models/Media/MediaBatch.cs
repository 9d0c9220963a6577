using Kindred.Vectors.Metrics;
using Microsoft.Extensions.AI;

namespace Kindred.Models.Media;

/// <summary>What the encoders of pictures and of sounds do alike.</summary>
internal static class MediaBatch
{
    public delegate float[] Encoder(ReadOnlySpan<byte> bytes);

    /// <summary>A vector an input, the inputs shared among the cores.</summary>
    public static async Task<GeneratedEmbeddings<Embedding<float>>> RunAsync(IEnumerable<DataContent> values, int dimensions, EmbeddingGenerationOptions? options, Encoder encode, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } asked && asked != dimensions) throw new ArgumentException($"{asked} dimensions are asked for; the model gives {dimensions}, and a part of them is no vector of its own.", nameof(options));
        DataContent[] inputs = [.. values];
        int missing = Array.IndexOf(inputs, null);
        if (missing >= 0) throw new ArgumentException($"Input {missing} is null.", nameof(values));
        var vectors = new float[inputs.Length][];
        var problems = new Exception?[inputs.Length];
        await Task.Run(() => Parallel.For(0, inputs.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            try
            {
                vectors[i] = encode(inputs[i].Data.Span);
            }
            catch (Exception e) when (e is MediaFormatException or InvalidDataException)
            {
                problems[i] = e;
            }
        }), cancel).ConfigureAwait(false);
        int wrong = Array.FindIndex(problems, p => p is not null);
        if (wrong >= 0) throw new MediaFormatException($"input {wrong}: {problems[wrong]!.Message}", problems[wrong]);
        return [.. vectors.Select(v => new Embedding<float>(v))];
    }

    /// <summary>What a model answers when it is asked for a service.</summary>
    public static object? Service(object model, string name, int dimensions, Type type, object? key)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (key is not null) return null;
        if (type == typeof(EmbeddingGeneratorMetadata)) return new EmbeddingGeneratorMetadata("kindred", null, name, dimensions);
        return type.IsInstanceOfType(model) ? model : null;
    }

    /// <summary>Scales a vector to length 1, in place.</summary>
    public static float[] Normalized(float[] vector)
    {
        Metric.Normalize(vector);
        return vector;
    }
}
