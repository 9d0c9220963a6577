namespace Kindred.Learning.Anomalies;

/// <summary>One way to tell how far out a row is; larger is farther. Several threads may ask at once.</summary>
internal interface IScorer
{
    /// <summary>The score of a row.</summary>
    double Score(ReadOnlySpan<float> row);

    /// <summary>The score a row of the training set would have, had the fit not seen it: what a threshold for rows to come must be taken from.</summary>
    double HeldOut(int index);
}
