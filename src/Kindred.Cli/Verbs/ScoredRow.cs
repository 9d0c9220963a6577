using Kindred.Learning.Anomalies;

namespace Kindred.Cli.Verbs;

/// <summary>A row that was scored.</summary>
/// <param name="Row">Its number in the file, from 1.</param>
/// <param name="Label">Its label, where a column of labels was asked for or found.</param>
/// <param name="Anomaly">What the detector says.</param>
/// <param name="Text">The row to read: the text, or empty.</param>
internal sealed record ScoredRow(long Row, string? Label, Anomaly Anomaly, string Text);
