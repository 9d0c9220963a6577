namespace Kindred.Vectors.Metrics;

/// <summary>How the likeness of two vectors is scored; higher is nearer.</summary>
public enum MetricKind
{
    /// <summary>Cosine of the angle, −1 to 1; a zero vector scores 0 with everything.</summary>
    Cosine = 0,

    /// <summary>Dot product, unbounded.</summary>
    Dot = 1,

    /// <summary>Squared Euclidean distance with its sign turned, 0 at most.</summary>
    SquaredL2 = 2,
}
