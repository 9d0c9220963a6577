namespace Kindred.Learning.Clustering;

/// <summary>The hierarchy of clusters by density, without splits that shed fewer rows than a cluster has (Campello et al. 2013, section 4; McInnes and Healy 2017).</summary>
internal sealed class CondensedTree
{
    private readonly int _rows;

    // a cluster each: where it came from, at which density (1 / distance) it came and was last shed from or split, and its stability
    private readonly List<int> _parents = [-1];
    private readonly List<double> _births = [0];
    private readonly List<double> _deaths = [0];
    private readonly List<double> _stability = [0];

    // a row each: the last cluster it was in, and the density at which it left
    private readonly int[] _home;
    private readonly double[] _left;

    /// <param name="edges">A spanning tree of the rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="least">Rows of a cluster at least.</param>
    public CondensedTree(List<(int A, int B, double Distance)> edges, int rows, int least)
    {
        (_rows, _home, _left) = (rows, new int[rows], new double[rows]);
        var merges = Merges(edges, rows);

        // rows that are equal are at distance 0, and a density must stay a number
        double smallest = 1e-10 * Math.Max(merges[^1].Distance, 1e-30);
        double Density(double distance) => 1 / Math.Max(distance, smallest);
        int Size(int node) => node < rows ? 1 : merges[node - rows].Size;

        // from the root down: which cluster a node is in
        var todo = new Stack<(int Node, int Cluster)>([(rows + merges.Count - 1, 0)]);
        while (todo.TryPop(out var at))
        {
            if (at.Node < rows)
            {
                Shed(at.Node, at.Cluster, Density(0));
                continue;
            }

            double distance = merges[at.Node - rows].Distance, density = Density(distance);
            int[] parts = [.. Parts(at.Node, distance)];
            int large = parts.Count(part => Size(part) >= least);
            foreach (int part in parts)
            {
                if (Size(part) >= least) todo.Push((part, large == 1 ? at.Cluster : Found(at.Cluster, density, Size(part))));
                else foreach (int row in RowsOf(part)) Shed(row, at.Cluster, density);
            }
        }

        // all that falls apart at this distance, however its joinings were ordered
        IEnumerable<int> Parts(int node, double distance)
        {
            var nodes = new Stack<int>([merges[node - rows].A, merges[node - rows].B]);
            while (nodes.TryPop(out int next))
            {
                if (next < rows || merges[next - rows].Distance < distance)
                {
                    yield return next;
                    continue;
                }

                nodes.Push(merges[next - rows].A);
                nodes.Push(merges[next - rows].B);
            }
        }

        int Found(int parent, double density, int size)
        {
            _stability[parent] += size * (density - _births[parent]);
            _deaths[parent] = Math.Max(_deaths[parent], density);
            _parents.Add(parent);
            _births.Add(density);
            _deaths.Add(0);
            _stability.Add(0);
            return _parents.Count - 1;
        }

        void Shed(int row, int cluster, double density)
        {
            (_home[row], _left[row]) = (cluster, density);
            _stability[cluster] += density - _births[cluster];
            _deaths[cluster] = Math.Max(_deaths[cluster], density);
        }

        IEnumerable<int> RowsOf(int node) => node < rows ? [node] : Parts(node, double.NegativeInfinity);
    }

    /// <summary>The clusters whose stability their parts do not exceed, never the whole; −1 for rows in none of them.</summary>
    public (int[] Labels, float[] Probabilities) Label()
    {
        int clusters = _parents.Count;
        var ofParts = new double[clusters];
        var chosen = new bool[clusters];
        for (int c = clusters - 1; c > 0; c--)   // children stand behind their parents
        {
            chosen[c] = _stability[c] >= ofParts[c];
            ofParts[_parents[c]] += Math.Max(_stability[c], ofParts[c]);
        }

        var top = new int[clusters];   // the chosen cluster that a cluster is a part of
        top[0] = -1;
        for (int c = 1; c < clusters; c++) top[c] = top[_parents[c]] >= 0 ? top[_parents[c]] : chosen[c] ? c : -1;
        int[] labels = [.. _home.Select(cluster => top[cluster])];
        return (labels, [.. labels.Select((label, i) => label < 0 ? 0 : (float)Math.Min(1, _left[i] / _deaths[label]))]);
    }

    /// <summary>Nodes of the single-linkage tree: node rows + i joins A and B.</summary>
    private static List<(int A, int B, double Distance, int Size)> Merges(List<(int A, int B, double Distance)> edges, int rows)
    {
        var above = new int[(2 * rows) - 1];
        for (int i = 0; i < above.Length; i++) above[i] = i;
        var merges = new List<(int A, int B, double Distance, int Size)>(edges.Count);
        foreach (var (a, b, distance) in edges.OrderBy(edge => edge.Distance))
        {
            int x = Top(a), y = Top(b), node = rows + merges.Count;
            (above[x], above[y]) = (node, node);
            merges.Add((x, y, distance, Size(x) + Size(y)));
        }

        return merges;

        int Size(int node) => node < rows ? 1 : merges[node - rows].Size;

        int Top(int node)
        {
            while (above[node] != node) node = above[node] = above[above[node]];
            return node;
        }
    }
}
