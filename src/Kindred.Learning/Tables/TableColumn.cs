namespace Kindred.Learning.Tables;

/// <summary>A column as <see cref="TableEncoder"/> learnt it.</summary>
public sealed record TableColumn
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds.</summary>
    public required ColumnKind Kind { get; init; }

    /// <summary>Why it is ignored; empty where it is not.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether log(1 + x) is taken of its numbers first: none is negative and their skewness is above 5.</summary>
    public bool Log { get; init; }

    /// <summary>The mean of its numbers (after the logarithm), or the one number of a constant column.</summary>
    public double Mean { get; init; }

    /// <summary>The standard deviation of its numbers (after the logarithm).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What stands for a missing number: the median.</summary>
    public double Median { get; init; }

    /// <summary>Whether values were missing when the column was learnt.</summary>
    public bool HadMissing { get; init; }

    /// <summary>The names of a category column, most frequent first.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
}
