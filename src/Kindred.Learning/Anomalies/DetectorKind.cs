namespace Kindred.Learning.Anomalies;

/// <summary>What a saved detector is for.</summary>
public enum DetectorKind
{
    /// <summary>Vectors, or texts made into vectors: <see cref="AnomalyDetector"/>.</summary>
    Vectors,

    /// <summary>Rows of a table: <see cref="TableDetector"/>.</summary>
    Table,

    /// <summary>A time series: <see cref="SeriesDetector"/>.</summary>
    Series,
}
