namespace Kindred.Learning.Classification;

/// <summary>What a <see cref="Classifier"/> says of a row.</summary>
/// <param name="Labels">The label; with several a row, all that are likelier than not, which may be none.</param>
/// <param name="Score">How likely the label is, 0 to 1; with several a row, the least likely of them, or where there is none how likely that is.</param>
/// <param name="Probabilities">Shape [classes]: of each label of <see cref="Classifier.Labels"/>, given that the row belongs to one.</param>
/// <param name="Outside">How much the row looks like none of the classes: above 0 it gets the outside label. NaN where the classifier has none.</param>
public sealed record Prediction(IReadOnlyList<string> Labels, double Score, IReadOnlyList<float> Probabilities, double Outside)
{
    /// <summary>The label; the first where there are several, empty where there is none.</summary>
    public string Label => Labels.Count > 0 ? Labels[0] : "";
}
