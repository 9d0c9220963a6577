namespace Kindred.Learning.Reduction;

/// <summary>Settings of <see cref="Umap"/>; names and defaults as in the paper.</summary>
public sealed record UmapOptions
{
    /// <summary>Neighbours of a row, itself among them, whose distances are kept, 2 or more. More show the whole rather than its parts. Default 15.</summary>
    public int Neighbors { get; init; } = 15;

    /// <summary>How near points may come on the map, 0 to below 3. Default 0.1; 0 suits clustering.</summary>
    public double MinDistance { get; init; } = 0.1;

    /// <summary>Dimensions of the map, 1 or more. Default 2.</summary>
    public int Components { get; init; } = 2;

    /// <summary>Rounds, 1 or more. Null: 500 up to 10,000 rows, else 200.</summary>
    public int? Epochs { get; init; }

    /// <summary>Points that each attraction pushes away, 1 or more. Default 5.</summary>
    public int NegativeSamples { get; init; } = 5;

    /// <summary>Of the random choices. Default 1.</summary>
    public int Seed { get; init; } = 1;
}
