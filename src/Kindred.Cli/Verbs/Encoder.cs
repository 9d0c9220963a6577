using System.CommandLine;
using Kindred.Models;
using Kindred.Store;
using Kindred.Words.Sentences;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>The sentence encoder that --model names.</summary>
internal static class Encoder
{
    public static Option<string?> Model { get; } = new("--model") { Description = "The sentence encoder: a name from `kindred model list` or a model folder. When left out, the one that the store or the classifier was made with, else all-minilm-l6-v2." };

    /// <summary>--model of the verbs that need no store: word vectors will do.</summary>
    public static Option<string?> TextModel { get; } = new("--model") { Description = "The encoder: a name from `kindred model list`, a model folder, or a file of word vectors (the weighted mean of each text's words). When left out, all-minilm-l6-v2." };

    /// <summary>Stands for whichever encoder of texts: no column of files will do.</summary>
    public const string AnyOfTexts = "";

    /// <summary>An encoder of texts, which word vectors can be too: SIF weights, and what words have in common taken out, so that a text's vector does
    /// not depend on the texts beside it.</summary>
    public static IEmbeddingGenerator<string, Embedding<float>> OpenTexts(string? name)
    {
        if (name is null || !WordModel.Names(name)) return Open(name);
        var words = WordModel.Open(name);   // stays open to the end of the program
        return new WordEmbeddingModel(words.Name, SentenceVectors.Sif(words).WithoutCommonOfWords());
    }

    public static EmbeddingModel Open(string? name)
    {
        if (name is null) return EmbeddingModel.Default;
        if (MediaEncoder.Names(name)) throw new ArgumentException($"--model {name} encodes pictures or sounds; a sentence encoder is wanted here: `kindred model list` names those there are");
        if (WordModel.Names(name)) throw new ArgumentException($"{name} holds word vectors; a sentence encoder is wanted here: `kindred model list` names those there are");
        if (ModelCatalog.Find(name) is null && !Directory.Exists(name)) throw new ArgumentException($"--model {name}: neither a model's name nor a model folder; `kindred model list` names the models");
        return EmbeddingModel.Load(name);
    }

    /// <summary>What a saved classifier or detector keeps of its encoder: the name, or the whole path, and the hash over what decides its vectors.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="model">--model.</param>
    public static string Kept(IEmbeddingGenerator<string, Embedding<float>> encoder, string? model)
    {
        string name = model is null ? encoder.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId! : ModelCatalog.Find(model)?.Name ?? Path.GetFullPath(model);
        return $"{name}\n{Fingerprint(encoder)}";
    }

    /// <summary>The encoder that a saved classifier or detector was fitted with: vectors of another would mean something else.</summary>
    /// <param name="with">The classifier or detector.</param>
    /// <param name="kept">As <see cref="Kept"/> gave it; files of before may have the name alone, or nothing for the default.</param>
    /// <param name="model">--model, where the same encoder lies elsewhere now.</param>
    /// <param name="media">The encoder of the files that are named; null for texts.</param>
    public static IEmbeddingGenerator<string, Embedding<float>> OpenKept(string with, string kept, string? model, MediaEncoder? media)
    {
        string[] parts = kept.Split('\n');
        string? name = parts[0].Length > 0 ? parts[0] : null;
        if (media is not null && model is not null && ModelCatalog.Find(model)?.Name != name) throw Other();
        if (model is null && name is not null && ModelCatalog.Find(name) is null && !Path.Exists(name)) throw new ArgumentException($"{with} was fitted with the model {name}, which is not here: bring it back, or name its folder with --model where there is that option");
        var encoder = media ?? OpenTexts(model ?? name);
        if (parts is not [_, var fingerprint] || Fingerprint(encoder) == fingerprint) return encoder;
        encoder.Dispose();
        throw Other();

        ArgumentException Other() => new($"{with} was fitted with another model ({name}) than {model ?? "the one of that name here"}: their vectors do not compare; fit it again, or use that model");
    }

    private static string Fingerprint(IEmbeddingGenerator<string, Embedding<float>> encoder) => encoder switch
    {
        MediaEncoder files => files.Fingerprint,
        EmbeddingModel texts => texts.Fingerprint,
        WordEmbeddingModel words => words.Fingerprint,
        _ => throw new ArgumentException($"{encoder.GetType().Name} has no fingerprint"),
    };

    /// <summary>The model for a store that is to be written, and that may not be there yet.</summary>
    public static EmbeddingModel ForWriting(string path, string? name) => name is null && File.Exists(path) ? ForStore(path, null) : Open(name);

    /// <summary>The model a store was made with, unless the user names one; a store that is not there is an error.</summary>
    public static EmbeddingModel ForStore(string path, string? name)
    {
        var info = KindredStore.ReadInfo(path);
        if (name is not null) return Open(name);
        if (ModelCatalog.Find(info.ModelName) is null)
            throw new ArgumentException($"{path} was made with the model {info.ModelName}, which is not in the catalogue: name its folder with --model");
        return EmbeddingModel.Load(info.ModelName);
    }
}
