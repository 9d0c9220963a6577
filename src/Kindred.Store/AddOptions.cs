namespace Kindred.Store;

/// <summary>How a folder is indexed.</summary>
public sealed record AddOptions
{
    /// <summary>Whether documents of files that are no longer in the folder are removed; false by default.</summary>
    public bool Prune { get; init; }
}
