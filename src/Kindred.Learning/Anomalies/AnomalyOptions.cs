namespace Kindred.Learning.Anomalies;

/// <summary>How a detector is fitted.</summary>
public sealed record AnomalyOptions
{
    /// <summary>The method; Auto when left out.</summary>
    public AnomalyMethod Method { get; init; }

    /// <summary>The share of normal rows that may be called anomalies, above 0 and below 0.5; 0.01 when left out. The threshold follows from it by the fitted
    /// tail of the training scores, so training rows should be normal but for few.</summary>
    public double FalseAlarms { get; init; } = 0.01;

    /// <summary>The share of the training rows that are anomalies, above 0 and below 0.5, where it is known: the threshold then parts off so many of them.</summary>
    public double? Contamination { get; init; }

    /// <summary>How many components come first that are numbers on one scale, whose correlations may be taken out (<c>TableEncoder.Numbers</c>); all when null.</summary>
    public int? Numbers { get; init; }

    /// <summary>What number each training row has in its file, from 1, where some of the file's rows were left out; their places when null. It is what nearest normal rows are called by.</summary>
    public IReadOnlyList<int>? RowNumbers { get; init; }

    /// <summary>What made the vectors, such as the name of an encoder; kept in the file.</summary>
    public string Source { get; init; } = "";

    /// <summary>Draws samples and grows trees.</summary>
    public int Seed { get; init; } = 1;
}
