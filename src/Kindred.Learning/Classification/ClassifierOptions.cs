using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>How a <see cref="Classifier"/> is fitted.</summary>
public sealed record ClassifierOptions
{
    /// <summary>How it looks at the rows.</summary>
    public ClassifierMethod Method { get; init; }

    /// <summary>
    /// The label of texts that belong to no class. Rows that have it teach what is outside; a text that looks like none of the others gets it. Null for a closed set of classes.
    /// </summary>
    public string? OutsideLabel { get; init; }

    /// <summary>What each label says, such as "card arrival", with its vector: a first row for classes that have few. Null for none.</summary>
    public IReadOnlyDictionary<string, (string Text, ReadOnlyMemory<float> Vector)>? LabelNames { get; init; }

    /// <summary>How the rows of a table became the vectors; with it boosted trees join in. Null where they are no table.</summary>
    public TableEncoder? Table { get; init; }

    /// <summary>
    /// Tunes the encoder to the texts, where classes have few: <c>EmbeddingModel.Tuner</c>. It is asked four times over, since only texts that a tuned encoder has not seen tell what it is worth.
    /// Null where the encoder stays as it is.
    /// </summary>
    public EncoderTuner? Tune { get; init; }

    /// <summary>What made the vectors, such as a model's fingerprint: kept in the file, so that others are refused. Empty for none.</summary>
    public string Encoder { get; init; } = "";

    /// <summary>What parted the labels of a row, where it may have several: kept in the file, for whoever reads labels of other rows. Empty where nobody need know.</summary>
    public string LabelSeparator { get; init; } = "";

    /// <summary>Whether the rows are kept in the file, so that explanations can show them.</summary>
    public bool KeepRows { get; init; } = true;
}
