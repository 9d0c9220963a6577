using System.Text;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Tests;

/// <summary>A model without a network: a text's vector counts its words, each in a place its letters decide. No words, no length.</summary>
internal sealed class FakeModel(string name = "fake", int dimensions = 96) : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EmbeddingGeneratorMetadata _metadata = new("test", null, name, dimensions);
    private int _calls;
    private int _texts;

    public int Calls => _calls;

    /// <summary>Passages embedded, questions not counted.</summary>
    public int Texts => _texts;

    public List<string?> Prompts { get; } = [];

    /// <summary>Called with the passages before each answer.</summary>
    public Action<IReadOnlyList<string>>? Before { get; set; }

    /// <summary>Gives other vectors for some texts.</summary>
    public Func<string, float[]?>? Special { get; set; }

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        string[] texts = [.. values];
        lock (Prompts) Prompts.Add(options?.AdditionalProperties?["prompt"] as string);
        Interlocked.Increment(ref _calls);
        if (options is null)
        {
            Interlocked.Add(ref _texts, texts.Length);
            Before?.Invoke(texts);
        }
        return [.. texts.Select(t => new Embedding<float>(Special?.Invoke(t) ?? Vector(t)))];
    }

    public float[] Vector(string text)
    {
        var vector = new float[dimensions];
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string letters = new([.. word.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
            if (letters.Length == 0) continue;
            uint hash = 2166136261;
            foreach (byte b in Encoding.UTF8.GetBytes(letters)) hash = (hash ^ b) * 16777619;
            vector[hash % dimensions]++;
        }
        return vector;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }
}
