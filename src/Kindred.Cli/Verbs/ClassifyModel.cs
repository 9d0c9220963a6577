using Kindred.Learning.Classification;
using Kindred.Models;

namespace Kindred.Cli.Verbs;

/// <summary>--with: a saved classifier, and what its rows go through first.</summary>
internal static class ClassifyModel
{
    /// <summary>Reads rows as the classifier needs them.</summary>
    /// <param name="classifier">It says what it reads.</param>
    /// <param name="with">Its file, for messages.</param>
    /// <param name="file">The rows.</param>
    /// <param name="text">--text.</param>
    /// <param name="label">The column of labels; null where none are wanted.</param>
    /// <param name="labelFile">--labels.</param>
    /// <param name="separator">--multi-label.</param>
    /// <param name="model">--model.</param>
    /// <param name="cancel">Stops the work.</param>
    public static async Task<(ClassifyInput Input, Samples Samples)> ReadAsync(
        Classifier classifier, string with, string file, string? text, string? label, string? labelFile, string? separator, string? model, CancellationToken cancel)
    {
        var input = ClassifyInput.Read(file, text, label, labelFile, separator, classifier.Table is { } t ? [.. t.Columns.Select(c => c.Name)] : null, cancel);
        if (classifier.Table is { } table) return (input, new Samples(null, input.Vectors ?? input.Encode(table)));
        if (input.Vectors is not null)
            return classifier.NeedsTexts || classifier.Encoder.Length > 0 ? throw new ArgumentException($"{file} holds vectors; {with} was learnt from texts") : (input, new Samples(null, input.Vectors));
        if (input.Texts is null || (!classifier.NeedsTexts && classifier.Encoder.Length == 0)) throw new ArgumentException($"{file}: {(input.Texts is null ? "there is no column called text: name one with --text" : $"{with} was learnt from vectors: a .npy or .fvecs file is wanted")}");
        if (classifier.Dimensions == 0) return (input, new Samples(input.Texts, null));
        using var encoder = Open(classifier, with, model);
        return (input, new Samples(input.Texts, await TableFile.EmbedAsync(encoder, input.Texts, null, cancel)));
    }

    /// <summary>The model it was fitted with; another would give vectors that mean something else.</summary>
    private static EmbeddingModel Open(Classifier classifier, string with, string? model)
    {
        if (classifier.Encoder.Split('\n') is not [var name, var fingerprint]) throw new ArgumentException($"{with}: it does not say which model made its vectors");
        if (model is null && ModelCatalog.Find(name) is null && !Directory.Exists(name)) throw new ArgumentException($"{with} was fitted with the model {name}, which is not here: name its folder with --model");
        var encoder = Encoder.Open(model ?? name);
        if (encoder.Fingerprint == fingerprint) return encoder;
        encoder.Dispose();
        throw new ArgumentException($"{with} was fitted with another model ({name}) than {model ?? "the one of that name here"}: their vectors do not compare; fit it again, or name the model with --model");
    }
}
