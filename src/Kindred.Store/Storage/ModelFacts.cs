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

    /// <summary>The largest chunk, however much the model reads: a longer passage says too many things for one vector.</summary>
    private const int LargestChunk = 512;

    public int ChunkTokens => Math.Clamp(MaxTokens - SpecialTokens, 1, LargestChunk);

    public int ChunkOverlap => ChunkTokens / 8;

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
