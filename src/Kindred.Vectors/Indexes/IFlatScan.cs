namespace Kindred.Vectors.Indexes;

/// <summary>One pass over rows of a flat index for some queries: over vectors or over codes. A structure, so that the pass is compiled into the job.</summary>
internal unsafe interface IFlatScan
{
    /// <summary>Finds the nearest rows among some, for some queries.</summary>
    /// <param name="queries">The queries, made ready, one behind the other.</param>
    /// <param name="m">How many queries.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="hits">Receives shape [m][k], nearest first.</param>
    /// <param name="k">Room for each query, at least 1.</param>
    /// <param name="counts">Receives how many were found, shape [m].</param>
    /// <param name="filter">The ids admitted; null for all.</param>
    void Search(byte* queries, int m, int first, int end, Neighbor* hits, int k, int* counts, IdSet? filter);
}
