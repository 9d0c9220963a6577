namespace Kindred.Store;

/// <summary>What a check of a store found.</summary>
/// <param name="Documents">Documents looked at.</param>
/// <param name="Chunks">Chunks looked at.</param>
/// <param name="Graph">Vectors looked at in the graph beside the store; 0 when there is none.</param>
/// <param name="Problems">One line for each fault, at most a hundred; empty when all is well.</param>
public sealed record CheckReport(long Documents, long Chunks, long Graph, IReadOnlyList<string> Problems)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Ok => Problems.Count == 0;
}
