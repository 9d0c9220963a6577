namespace Kindred.Vectors.Indexes;

/// <summary>
/// How far a filtered walk goes. To keep ef candidates that are admitted it passes by ef / share nodes, far more than are needed to find k. Fewer give the recall
/// of a search without a filter (docs/performance.md, Filters), provided that what is admitted lies among the rest as it does elsewhere: where the walk meets
/// more of it, there are fewer to pass by, and where it meets less, it is at the edge of a region and must see all of it.
/// </summary>
/// <param name="Ef">Candidates of a search without a filter, and kept at most.</param>
/// <param name="Least">Candidates kept at least.</param>
/// <param name="Share">How many of all vectors are admitted, 0 to 1.</param>
/// <param name="Most">Nodes that may be met before the walk is given up.</param>
internal readonly record struct HnswNarrowing(int Ef, int Least, double Share, long Most)
{
    /// <summary>How many candidates to keep.</summary>
    /// <param name="met">How many of the nodes met by the walk are admitted, 0 to 1.</param>
    public int Kept(double met) => met < Share / 2 ? Ef : Math.Min(Ef, Math.Max(Least, (int)(Ef * Math.Cbrt(Math.Max(Share, met)))));
}
