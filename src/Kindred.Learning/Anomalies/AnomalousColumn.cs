namespace Kindred.Learning.Anomalies;

/// <summary>A column in which a row differs from the normal rows nearest to it.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Value">What the row holds.</param>
/// <param name="Expected">What the nearest normal rows hold: their mean, or their most frequent name.</param>
/// <param name="Share">This column's part of the squared distance, 0 to 1.</param>
public sealed record AnomalousColumn(string Column, string Value, string Expected, double Share);
