namespace Kindred.Learning.Anomalies;

/// <summary>What a detector says of a row.</summary>
/// <param name="Score">How far out it is; finite.</param>
/// <param name="IsAnomaly">Whether the score is above the threshold.</param>
/// <param name="Probability">The share of normal rows that score at least so much.</param>
/// <param name="Columns">The columns that differ most from the nearest normal rows, most first; empty for vectors.</param>
/// <param name="NearestNormal">The numbers, from 1, of the nearest training rows that are no anomalies.</param>
public sealed record Anomaly(double Score, bool IsAnomaly, double Probability, IReadOnlyList<AnomalousColumn> Columns, IReadOnlyList<long> NearestNormal);
