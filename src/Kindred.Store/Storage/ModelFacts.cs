using Kindred.Models;
using Kindred.Store.Chunking;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Storage;

/// <summary>What the store has to know of a model: who it is, how long its vectors are, how much text it reads.</summary>
internal sealed record ModelFacts(string Name, string Fingerprint, int? Dimensions, int MaxTokens, TokenCounter Count)
{
    // [CLS] and [SEP] stand around every text
    private const int SpecialTokens = 2;

    /// <summary>For a model that does not say how much it reads: short enough for all that are in use.</summary>
    private const int UnknownMaxTokens = 256;

    private static readonly ChunkOptions Usual = new();

    /// <summary>As long as chunks usually are, shorter where the model reads less.</summary>
    public int ChunkTokens => Math.Clamp(MaxTokens - SpecialTokens, 8, Usual.MaxTokens);

    /// <summary>The usual share of a chunk of that length.</summary>
    public static int Overlap(int tokens) => (int)((long)tokens * Usual.OverlapTokens / Usual.MaxTokens);

    public static ModelFacts Of(IEmbeddingGenerator<string, Embedding<float>> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.GetService(typeof(EmbeddingModel)) is EmbeddingModel own)
            return new ModelFacts(own.Name, own.Fingerprint, own.Dimensions, own.MaxTokens, own.Tokenizer.CountTokens);
        var metadata = model.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata;
        string provider = metadata?.ProviderName ?? "unknown", name = metadata?.DefaultModelId ?? "unknown";
        return new ModelFacts(name, $"{provider}:{name}", metadata?.DefaultModelDimensions, UnknownMaxTokens, static text => (text.Length + 3) / 4);
    }

    /// <summary>The fingerprint once the length of the vectors is known: a model without one of its own is told apart by that too.</summary>
    public string FingerprintFor(IEmbeddingGenerator<string, Embedding<float>> model, int dimensions) =>
        model.GetService(typeof(EmbeddingModel)) is EmbeddingModel
            ? Fingerprint
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Fingerprint}:{dimensions}");
}
