namespace Kindred.Vectors.Indexes;

/// <summary>
/// How far a filtered walk goes. With ef candidates that are admitted it passes by ef / share nodes: all that a walk without a filter meets, and more. Somewhat fewer
/// keep the recall of a search without a filter, on graphs of few and bad links as well (docs/performance.md, Filters), provided that what is admitted lies among the
/// rest as it does elsewhere: where the walk meets more of it, there are fewer to pass by, and where it meets less, it is at the edge of a region, which it has come to late
/// and by few ways: there it keeps twice as many, which is little beside the way to it.
/// </summary>
/// <param name="Ef">Candidates of a search without a filter.</param>
/// <param name="Least">Candidates kept at least.</param>
/// <param name="Share">How many of all vectors are admitted, 0 to 1.</param>
/// <param name="Most">Nodes that may be met before the walk is given up.</param>
internal readonly record struct HnswNarrowing(int Ef, int Least, double Share, long Most)
{
    /// <summary>By so much of its logarithm a share lessens what is kept: a third lost up to 0.012 of the recall of badly linked graphs.</summary>
    private const double Power = 0.1;

    /// <summary>Candidates that may be kept.</summary>
    public int Room => Share > 0 ? 2 * Ef : Ef;

    /// <summary>How many candidates to keep.</summary>
    /// <param name="met">How many of the nodes met by the walk are admitted, 0 to 1.</param>
    public int Kept(double met) => met < Share / 2 ? Room : Math.Min(Ef, Math.Max(Least, (int)(Ef * Math.Pow(Math.Max(Share, met), Power))));
}
