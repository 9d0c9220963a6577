namespace Kindred.Learning.Duplicates;

/// <summary>What <see cref="Deduplication"/> found.</summary>
/// <param name="Duplicates">The rows that repeat others, in order.</param>
/// <param name="Kept">The rows that stay, in order; those of <paramref name="Unusable"/> among them.</param>
/// <param name="Unusable">Rows that cannot be compared, which stay: texts with nothing in them, vectors that are zero or not finite.</param>
public sealed record DuplicateResult(IReadOnlyList<Duplicate> Duplicates, IReadOnlyList<int> Kept, IReadOnlyList<int> Unusable);
