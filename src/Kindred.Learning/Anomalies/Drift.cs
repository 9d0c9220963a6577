namespace Kindred.Learning.Anomalies;

/// <summary>How far rows to come have moved from those that a detector learnt from.</summary>
/// <param name="Column">The column; empty for all together, or for vectors.</param>
/// <param name="Measure">"ks" (largest difference of the distributions, for numbers), "chi2" (for names, per row) or "energy" (energy distance of whole rows).</param>
/// <param name="Value">The measure; 0 for no drift.</param>
/// <param name="Psi">The population stability index: below 0.1 little, above 0.25 much has changed. NaN for whole rows.</param>
/// <param name="Probability">How often rows that did not drift differ so much.</param>
/// <param name="IsDrift">Whether the probability is below 0.01 for all columns together.</param>
public sealed record Drift(string Column, string Measure, double Value, double Psi, double Probability, bool IsDrift);
