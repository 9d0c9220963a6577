using Kindred.Learning.Classification;
using Kindred.Models;
using Kindred.Words.FastText;

namespace Kindred.Cli.Verbs;

/// <summary>--with: a saved classifier of either kind, and rows that went through it.</summary>
internal sealed class ClassifyModel
{
    private readonly string with;
    private readonly Classifier? classifier;
    private readonly FastTextClassifier? words;

    private ClassifyModel(string with)
    {
        this.with = with;
        if (FastTextClassifier.IsFile(with)) words = FastTextClassifier.Open(with);   // stays open to the end of the program
        else classifier = Classifier.Open(with);
    }

    public IReadOnlyList<string> Labels => classifier?.Labels ?? words!.Labels;

    public string OutsideLabel => classifier?.OutsideLabel ?? "";

    /// <summary>What parted the labels of a row that it was fitted to; null where they had one each, or nobody said.</summary>
    public string? LabelSeparator => classifier?.LabelSeparator is { Length: > 0 } separator ? separator : null;

    public bool HasSeveralLabels => classifier?.HasSeveralLabels ?? false;

    public static ClassifyModel Open(string with) => new(with);

    /// <summary>Reads rows as the classifier needs them.</summary>
    /// <param name="file">The rows.</param>
    /// <param name="text">--text.</param>
    /// <param name="label">The column of labels; null where none are wanted.</param>
    /// <param name="labelFile">--labels.</param>
    /// <param name="separator">--multi-label.</param>
    /// <param name="model">--model.</param>
    /// <param name="cancel">Stops the work.</param>
    public async Task<(ClassifyInput Input, Samples Samples)> ReadAsync(string file, string? text, string? label, string? labelFile, string? separator, string? model, CancellationToken cancel)
    {
        string kept = classifier?.Encoder ?? "";
        bool texts = words is not null || classifier!.NeedsTexts || kept.Length > 0;
        if (model is not null && kept.Length == 0) throw new ArgumentException($"--model {model}: {with} was fitted without an encoder");
        if (texts && VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors; {with} was learnt from texts");
        if (classifier?.Table is not null && VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors; {with} was learnt from the columns of a table");
        if (!texts && classifier!.Table is null && !VectorFile.Names(file)) throw new ArgumentException($"{with} was learnt from vectors: a .npy or .fvecs file is wanted");
        var input = ClassifyInput.Read(file, text, label, labelFile, separator, [], classifier?.Table, kept.Split('\n')[0], cancel);
        if (classifier?.Table is { } table) return (input, new Samples(null, input.Encode(table)));
        if (input.Vectors is not null) return (input, new Samples(null, input.Vectors));
        if (words is not null) return (input, new Samples(input.Texts, [.. input.Texts!.Select(one => new ReadOnlyMemory<float>(words.Encode(one)))]));
        if (classifier!.Dimensions == 0) return (input, new Samples(input.Texts, null));
        using var encoder = Encoder.OpenKept(with, kept, model, input.Media);
        var samples = await input.EncodeAsync(encoder, classifier.LayerDimensions > 0, cancel);
        return (input, classifier.Tuning.IsEmpty ? samples : samples with { Tuned = await EncodeTunedAsync((EmbeddingModel)encoder, samples.Texts!, cancel) });
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<float>>> EncodeTunedAsync(EmbeddingModel encoder, IReadOnlyList<string> texts, CancellationToken cancel)
    {
        using var tuned = encoder.With(EncoderTuning.FromBytes(classifier!.Tuning));
        return await TableFile.InBatchesAsync("embed, tuned", texts, TableFile.Batch, async (batch, all) => all.AddRange((await tuned.GenerateAsync(batch, cancellationToken: cancel)).Select(e => e.Vector)));
    }

    public IReadOnlyList<Prediction> Predict(Samples rows)
    {
        if (classifier is not null) return classifier.Predict(rows);
        return [.. rows.Texts!.Select(text => Predict(words!, text))];
    }

    public static Prediction Predict(FastTextClassifier words, string text)
    {
        float[] chances = new float[words.Labels.Count];
        words.Predict(text, chances);
        int best = Array.IndexOf(chances, chances.Max());
        return new Prediction([words.Labels[best]], chances[best], chances, double.NaN);
    }

    public IReadOnlyList<IReadOnlyList<Explanation>> Explain(Samples rows, int count, IReadOnlyList<Prediction> predictions)
    {
        if (classifier is not { CanExplain: true }) throw new ArgumentException($"{with} does not keep the rows it was fitted to, so it cannot explain");
        return classifier.Explain(rows, count, [.. predictions.Select(p => p.Labels.Count > 0 && p.Label != classifier.OutsideLabel ? p.Labels : classifier.Labels)]);
    }

    /// <summary>The places of rows whose content it was fitted to; none where it does not keep its rows.</summary>
    public IReadOnlyList<int> Learnt(Samples rows) => classifier?.Learnt(rows) ?? [];

    public IReadOnlyList<(int Row, double Uncertainty, Prediction Prediction)> Next(Samples rows, int count) =>
        classifier is not null ? classifier.Next(rows, count) : Classifier.Choose(Predict(rows), rows.Vectors!, count);

    public ClassificationReport Report(IReadOnlyList<Prediction> predictions, IReadOnlyList<string[]> labels) => ClassificationReport.Create(Labels, OutsideLabel, HasSeveralLabels, predictions, labels);
}
