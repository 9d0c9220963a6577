namespace Kindred.Store.Search;

/// <summary>The two lists of one query, best first; a candidate in both is the same object.</summary>
internal sealed record Arms(IReadOnlyList<(Candidate Candidate, double Score)> Meaning, IReadOnlyList<(Candidate Candidate, double Score)> Words)
{
    /// <summary>One pair of lists out of those of several stores.</summary>
    public static Arms Merged(IReadOnlyList<Arms> parts) => parts.Count == 1 ? parts[0]
        : new Arms([.. parts.SelectMany(p => p.Meaning).OrderByDescending(c => c.Score)], [.. parts.SelectMany(p => p.Words).OrderByDescending(c => c.Score)]);
}
