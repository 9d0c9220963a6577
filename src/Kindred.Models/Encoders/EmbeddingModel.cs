using Microsoft.Extensions.AI;
using Kindred.Models.Encoders;
using Kindred.Models.Tokenizers;

namespace Kindred.Models;

/// <summary>
/// A sentence encoder: texts in, vectors out, on the CPU: a network by ONNX Runtime, or a static table of token vectors. A text's vector does not depend on the texts beside it.
/// Any number of threads may call one instance at once; disposing it while calls run lets them finish.
/// </summary>
public sealed class EmbeddingModel : IEmbeddingGenerator<string, Embedding<float>>
{
    private const string DefaultName = "all-minilm-l6-v2";

    private readonly ModelFolder folder;
    private readonly ITextEncoder encoder;
    private readonly Lazy<string> fingerprint;

    private EmbeddingModel(string name, ModelFolder folder, ITextEncoder encoder)
    {
        Name = name;
        this.folder = folder;
        this.encoder = encoder;
        fingerprint = new Lazy<string>(folder.Fingerprint);
    }

    /// <summary>Opens the default model, all-MiniLM-L6-v2, which lies beside the program. Each get opens a new instance that the caller disposes.</summary>
    /// <exception cref="ModelFormatException">The model is not beside the program, or is broken.</exception>
    public static EmbeddingModel Default => Load(DefaultName);

    /// <summary>The catalogue name, or the name of the folder.</summary>
    public string Name { get; }

    /// <summary>The folder that holds the model.</summary>
    public string Folder => folder.Path;

    /// <summary>The length of a vector.</summary>
    public int Dimensions => encoder.Dimensions;

    /// <summary>The most tokens of a text that count, the two special ones included; the rest is cut off and reported. A static model reads all: int.MaxValue.</summary>
    public int MaxTokens => folder.MaxTokens;

    /// <summary>What splits texts into tokens.</summary>
    public WordPieceTokenizer Tokenizer => folder.Tokenizer;

    /// <summary>A hash over the files that decide a vector: equal fingerprints, comparable vectors. Worked out when first asked for.</summary>
    public string Fingerprint => fingerprint.Value;

    /// <summary>Opens a model of the catalogue by name or alias, or a model folder.</summary>
    /// <param name="nameOrFolder">"all-minilm-l6-v2" or "minilm", "snowflake-arctic-embed-xs" or "arctic-xs", "fast", or a folder in the layout of
    /// Hugging Face or sentence-transformers with onnx/model.onnx or model.onnx, or in that of MinishLab's model2vec.</param>
    /// <param name="options">How to run it.</param>
    /// <exception cref="ArgumentException">The name is that of a model of words, pictures or sounds.</exception>
    /// <exception cref="ModelFormatException">There is no such model, or one of its files is broken.</exception>
    public static EmbeddingModel Load(string nameOrFolder, EmbeddingModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrFolder);
        var known = ModelCatalog.Find(nameOrFolder);
        if (known is not null && known.Kind != ModelKind.Sentence) throw new ArgumentException($"{known.Name} makes vectors of {Inputs(known.Kind)}; a sentence encoder is wanted here.", nameof(nameOrFolder));
        var folder = ModelFolder.Read(known?.Folder ?? nameOrFolder);
        string name = known?.Name ?? System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(folder.Path));
        int threads = (options ?? new EmbeddingModelOptions()).Threads;
        return new EmbeddingModel(name, folder, folder.Table is { } table ? new StaticEncoder(folder, table, threads) : new EncoderNetwork(folder, threads));
    }

    /// <summary>Turns texts into vectors.</summary>
    /// <param name="values">The texts, none of them null. An empty text has a vector too.</param>
    /// <param name="options">Dimensions: keep only that many leading components, again of length 1 if the model's are.
    /// The prompt: see <see cref="EmbeddingPrompt"/>.</param>
    /// <param name="cancellationToken">Stops within a batch.</param>
    /// <returns>A vector for each text, in the order of the texts. Usage holds the tokens that were read. AdditionalProperties["truncated"] is the
    /// number of texts that were cut; each of their vectors has AdditionalProperties["tokens"], the length of the uncut text in tokens.</returns>
    /// <exception cref="ArgumentException">A text is null, more dimensions are asked for than there are, or the model has no such prompt.</exception>
    /// <exception cref="InvalidDataException">The network gave a value that is not a finite number; the text's index is named.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        return Report(await EncodeAsync(values, options, withLayers: false, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Turns texts into vectors, and gives what the last four layers of the network say of each in the same pass: they tell mood, tone and form apart better than the vector, which is trained
    /// to tell subjects apart, so a classifier gains by them (Jawahar et al. 2019).
    /// </summary>
    /// <inheritdoc cref="GenerateAsync"/>
    /// <returns>The vectors as <see cref="GenerateAsync"/> gives them. Layers, shape [n, 4 · width]: each layer the mean over a text's tokens, the last layer last; null where the model is no BERT.</returns>
    public async Task<(GeneratedEmbeddings<Embedding<float>> Embeddings, IReadOnlyList<ReadOnlyMemory<float>>? Layers)> GenerateWithLayersAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var result = await EncodeAsync(values, options, withLayers: true, cancellationToken).ConfigureAwait(false);
        return (Report(result), result.Layers is null ? null : [.. result.Layers.Select(l => new ReadOnlyMemory<float>(l))]);
    }

    /// <summary>The network, null for a static model.</summary>
    internal EncoderNetwork? Network => encoder as EncoderNetwork;

    /// <summary>Answers <see cref="EmbeddingGeneratorMetadata"/>, <see cref="WordPieceTokenizer"/> and this type.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(EmbeddingGeneratorMetadata)) return new EmbeddingGeneratorMetadata("kindred", null, Name, Dimensions);
        if (serviceType.IsInstanceOfType(Tokenizer)) return serviceType == typeof(object) ? this : Tokenizer;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Gives back the network's memory, once the calls that are running have ended.</summary>
    public void Dispose() => encoder.Dispose();

    private async Task<EncodedTexts> EncodeAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options, bool withLayers, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(values);
        int dimensions = options?.Dimensions ?? Dimensions;
        if (dimensions > Dimensions)
        {
            throw new ArgumentException($"{dimensions} dimensions are asked for, {Name} has {Dimensions}.", nameof(options));
        }

        string prompt = Prompt(options);
        string[] texts = [.. values];
        int missing = Array.IndexOf(texts, null);
        if (missing >= 0) throw new ArgumentException($"Text {missing} is null.", nameof(values));

        using var use = encoder.Enter();
        return await Task.Run(() => encoder.Encode(texts, prompt, dimensions, withLayers, cancel), cancel).ConfigureAwait(false);
    }

    private static string Inputs(ModelKind kind) => kind switch { ModelKind.Words => "words", ModelKind.Image => "pictures", _ => "sounds" };

    private static GeneratedEmbeddings<Embedding<float>> Report(EncodedTexts result)
    {
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(result.Vectors.Length);
        long read = 0, cut = 0;
        for (int i = 0; i < result.Vectors.Length; i++)
        {
            var embedding = new Embedding<float>(result.Vectors[i]);
            read += result.Kept[i];
            if (result.Total[i] > result.Kept[i])
            {
                cut++;
                embedding.AdditionalProperties = new() { ["tokens"] = result.Total[i] };
            }

            embeddings.Add(embedding);
        }

        embeddings.Usage = new UsageDetails { InputTokenCount = read, TotalTokenCount = read };
        embeddings.AdditionalProperties = new() { ["truncated"] = (int)cut };
        return embeddings;
    }

    /// <summary>The text that goes before each text.</summary>
    private string Prompt(EmbeddingGenerationOptions? options)
    {
        string? name = options?.AdditionalProperties?.TryGetValue(EmbeddingPrompt.Key, out object? value) == true ? value as string : null;
        name ??= folder.DefaultPrompt;
        if (name is null) return "";
        if (folder.Prompts.TryGetValue(name, out string? prompt)) return prompt;
        if (name == EmbeddingPrompt.QueryName) return "";
        throw new ArgumentException($"{Name} has no prompt {name}; it has: {string.Join(", ", folder.Prompts.Keys.Order(StringComparer.Ordinal))}.", nameof(options));
    }
}
