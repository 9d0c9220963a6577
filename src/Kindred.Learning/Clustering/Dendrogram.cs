namespace Kindred.Learning.Clustering;

/// <summary>All joinings of an agglomerative clustering, the nearest clusters first.</summary>
/// <param name="Rows">n, how many rows there are.</param>
/// <param name="Merges">Shape [n − 1], by ascending height.</param>
public sealed record Dendrogram(int Rows, IReadOnlyList<DendrogramMerge> Merges)
{
    /// <summary>The clusters before the last joinings.</summary>
    /// <param name="clusters">How many, 1 or more; n when there are fewer rows.</param>
    /// <returns>Shape [n]: the cluster of each row, numbered from 0 in the order of their first rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one cluster is asked for.</exception>
    public int[] Cut(int clusters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        int[] above = [.. Enumerable.Range(0, Rows + Merges.Count)];
        for (int i = 0; i < Rows - clusters; i++) (above[Merges[i].A], above[Merges[i].B]) = (Rows + i, Rows + i);
        var names = new Dictionary<int, int>();
        var labels = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            int top = i;
            while (above[top] != top) top = above[top];
            if (!names.TryGetValue(top, out labels[i])) names[top] = labels[i] = names.Count;
        }

        return labels;
    }
}
