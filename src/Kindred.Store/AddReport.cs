namespace Kindred.Store;

/// <summary>What indexing did.</summary>
public sealed record AddReport
{
    /// <summary>Documents written: new ones and replaced ones.</summary>
    public int Documents { get; init; }

    /// <summary>Chunks written.</summary>
    public int Chunks { get; init; }

    /// <summary>Chunks whose vector was taken over from the same text in the older version of their source.</summary>
    public int ReusedVectors { get; init; }

    /// <summary>Sources that were not in the store before, or had not been finished.</summary>
    public int Added { get; init; }

    /// <summary>Sources whose bytes were other than in the store.</summary>
    public int Changed { get; init; }

    /// <summary>Sources that were in the store with the same bytes.</summary>
    public int Unchanged { get; init; }

    /// <summary>Sources removed because their file is gone.</summary>
    public int Removed { get; init; }

    /// <summary>Files that could not be read, each with the reason. What the store had of them before is still there.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; init; } = [];

    /// <summary>Things a user should know about files that were read, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Texts longer than the model reads, whose end has no part in their vector. 0, because chunks are made to fit.</summary>
    public int TruncatedTexts { get; init; }

    /// <summary>Wall-clock time.</summary>
    public double Seconds { get; init; }
}
