using Microsoft.Extensions.AI;
using Kindred.Learning.Classification;
using Kindred.Models.Encoders;
using Kindred.Models.Tokenizers;
using Kindred.Models.Tuning;

namespace Kindred.Models;

/// <summary>
/// A sentence encoder: texts in, vectors out, on the CPU: a network by ONNX Runtime, or a static table of token vectors. A text's vector does not depend on the texts beside it.
/// Any number of threads may call one instance at once; disposing it while calls run lets them finish.
/// </summary>
public sealed class EmbeddingModel : IEmbeddingGenerator<string, Embedding<float>>
{
    private const string DefaultName = "all-minilm-l6-v2";

    /// <summary>Tokens of a text that count when the model is tuned; the effort grows with them faster than what they tell of a class.</summary>
    private const int TunedTokens = 64;

    private readonly ModelFolder folder;
    private readonly ITextEncoder encoder;
    private readonly int threads;
    private readonly Lazy<string> fingerprint;
    private readonly Lazy<BertWeightsFile?> weights;

    private EmbeddingModel(string name, ModelFolder folder, ITextEncoder encoder, int threads, EncoderTuning? tuning = null)
    {
        Name = name;
        this.folder = folder;
        this.encoder = encoder;
        this.threads = threads;
        fingerprint = new Lazy<string>(tuning is null ? folder.Fingerprint : tuning.Fingerprint);
        weights = new Lazy<BertWeightsFile?>(() => tuning is null ? BertWeightsFile.Find(folder) : null);
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

    /// <summary>
    /// Whether <see cref="Tune"/> and <see cref="With"/> can be called: it is a BERT in float32 whose vector is the mean of the tokens', of length 1, and is not tuned already. Of the models in the
    /// build that is all-MiniLM-L6-v2. Looked up when first asked for; the weights are not read for it.
    /// </summary>
    public bool CanTune => weights.Value is not null;

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
        return new EmbeddingModel(name, folder, folder.Table is { } table ? new StaticEncoder(folder, table, threads) : new EncoderNetwork(folder, threads), threads);
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

    /// <summary>
    /// Learns of a few labelled texts to put those of a class near each other and those of different classes apart: supervised contrastive learning (Khosla et al. 2020) on the layers of a
    /// sentence encoder, as SetFit has it (Tunstall et al. 2022). The model itself stays as it is; open what was learnt by <see cref="With"/>.
    /// </summary>
    /// <param name="texts">The texts, none of them null; of each the first 64 tokens count, and the model's own prompt goes before each if it has one.</param>
    /// <param name="classes">The class of each text, any numbers, at least two of them different.</param>
    /// <param name="progress">Told the part that is done, from 0 to 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are not as many classes as texts, a text is null, or all texts are of one class.</exception>
    /// <exception cref="NotSupportedException">The model cannot be tuned, see <see cref="CanTune"/>.</exception>
    /// <exception cref="ModelFormatException">A file of the model changed or is broken.</exception>
    /// <exception cref="InvalidDataException">A weight became something that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public EncoderTuning Tune(IReadOnlyList<string> texts, IReadOnlyList<int> classes, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(classes);
        if (texts.Count != classes.Count) throw new ArgumentException($"{classes.Count} classes are given for {texts.Count} texts.", nameof(classes));
        for (int i = 0; i < texts.Count; i++)
            if (texts[i] is null) throw new ArgumentException($"Text {i} is null.", nameof(texts));
        if (classes.Distinct().Count() < 2) throw new ArgumentException("Texts of at least two classes are wanted.", nameof(classes));

        var file = Tunable();
        using var use = encoder.Enter();
        string prompt = Prompt(null);
        int limit = Math.Min(MaxTokens, TunedTokens);
        int[][] ids = [.. texts.Select(text => Tokenizer.Encode(prompt + text, limit, out _))];
        int highest = ids.Max(text => text.Max());
        if (highest >= file.Vocabulary) throw new ModelFormatException(folder.Network, "word_embeddings", $"has vectors of {file.Vocabulary} tokens, a text has token {highest}");

        cancel.ThrowIfCancellationRequested();
        var tuned = file.Read();
        BertTuner.Tune(tuned, ids, [.. classes], progress, cancel);
        return EncoderTuning.Of(file.ReadLayers(), tuned.Layers, Fingerprint);
    }

    /// <summary>Opens the same model once more, with what was learnt of labelled texts; its fingerprint is another one. The caller disposes it.</summary>
    /// <param name="tuning">What <see cref="Tune"/> gave, of this very model.</param>
    /// <exception cref="ArgumentException">It belongs to another model.</exception>
    /// <exception cref="NotSupportedException">The model cannot be tuned, see <see cref="CanTune"/>.</exception>
    /// <exception cref="ModelFormatException">A file of the model changed or is broken.</exception>
    public EmbeddingModel With(EncoderTuning tuning)
    {
        ArgumentNullException.ThrowIfNull(tuning);
        var file = Tunable();
        if (tuning.Model != Fingerprint) throw new ArgumentException($"The tuning belongs to the model with the fingerprint {tuning.Model}, {Name} has {Fingerprint}.", nameof(tuning));
        if (tuning.Changes.Length != file.Values) throw new ArgumentException($"The tuning changes {tuning.Changes.Length} weights, the layers of {Name} have {file.Values}.", nameof(tuning));
        return new EmbeddingModel(Name, folder, new EncoderNetwork(folder, threads, (file, tuning)), threads, tuning);
    }

    /// <summary>What a classifier of few rows tunes this model by (<see cref="ClassifierOptions.Tune"/>); null for a model that cannot be tuned, see <see cref="CanTune"/>.</summary>
    public EncoderTuner? Tuner => CanTune ? TuneAndEncode : null;

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

    private BertWeightsFile Tunable() => weights.Value
        ?? throw new NotSupportedException($"{Name} cannot be tuned: that takes a BERT in float32 whose vector is the mean of the tokens', of length 1, and that is not tuned already.");

    private TunedVectors TuneAndEncode(IReadOnlyList<string> learnt, IReadOnlyList<int> classes, IReadOnlyList<string> encoded, CancellationToken cancel)
    {
        var tuning = Tune(learnt, classes, null, cancel);
        using var tuned = With(tuning);
        var vectors = tuned.GenerateAsync(encoded, cancellationToken: cancel).GetAwaiter().GetResult();
        return new TunedVectors([.. vectors.Select(e => e.Vector)], tuning.ToBytes);
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
