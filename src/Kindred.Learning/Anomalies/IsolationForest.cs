namespace Kindred.Learning.Anomalies;

/// <summary>
/// Trees that split at random until a row stands alone (Liu et al. 2008): outliers stand alone soon. The score is 2^(-mean depth / c(size of a sample)).
/// </summary>
internal sealed class IsolationForest : IScorer
{
    private readonly Rows _rows;
    private readonly Tree[] _trees;
    private readonly double _norm;

    /// <param name="rows">The training set.</param>
    /// <param name="trees">How many trees.</param>
    /// <param name="size">Rows that a tree is grown from.</param>
    /// <param name="seed">Grows the trees.</param>
    public IsolationForest(Rows rows, int trees = 200, int size = 256, int seed = 1)
    {
        _rows = rows;
        size = Math.Min(size, rows.Count);
        _norm = MeanDepth(size);
        int most = (int)Math.Ceiling(Math.Log2(Math.Max(size, 2)));
        var random = new Random(seed);
        _trees = [.. Enumerable.Range(0, trees).Select(_ =>
        {
            int[] members = SampleScorer.Draw(random, rows.Count, size);
            var nodes = new List<Node>();
            Grow(nodes, [.. members], 0, most, random);
            return new Tree([.. nodes], [.. members.Order()]);
        })];
    }

    private sealed record Tree(Node[] Nodes, int[] Members);

    // a leaf has no left child: Value is then its depth, with what a full tree below it would add
    private readonly record struct Node(int Left, int Right, int Component, double Value);

    /// <summary>c(n): the mean depth of an unsuccessful search in a binary tree of n rows.</summary>
    public static double MeanDepth(int n)
    {
        if (n < 2) return 0;
        double harmonic = 0;
        for (int i = 1; i < n; i++) harmonic += 1.0 / i;
        return (2 * harmonic) - (2.0 * (n - 1) / n);
    }

    public double Score(ReadOnlySpan<float> row)
    {
        double depth = 0;
        foreach (var tree in _trees) depth += Depth(tree, row);
        return Scaled(depth / _trees.Length);
    }

    public double HeldOut(int index)
    {
        double depth = 0;
        int trees = 0;
        foreach (var tree in _trees)
        {
            if (Array.BinarySearch(tree.Members, index) >= 0) continue;
            depth += Depth(tree, _rows[index]);
            trees++;
        }

        return trees == 0 ? Score(_rows[index]) : Scaled(depth / trees);
    }

    private static double Depth(Tree tree, ReadOnlySpan<float> row)
    {
        var node = tree.Nodes[0];
        while (node.Left > 0) node = tree.Nodes[row[node.Component] < node.Value ? node.Left : node.Right];
        return node.Value;
    }

    private double Scaled(double depth) => _norm == 0 ? 0.5 : Math.Pow(2, -depth / _norm);

    private int Grow(List<Node> nodes, Span<int> members, int depth, int most, Random random)
    {
        int at = nodes.Count;
        nodes.Add(default);
        if (depth < most && members.Length > 1 && Pick(members, random) is var (component, least, largest) && least < largest)
        {
            double value = least + ((largest - least) * random.NextDouble());
            if (value <= least) value = Math.BitIncrement((double)least);
            int below = 0;
            for (int i = 0; i < members.Length; i++)
            {
                if (_rows[members[i]][component] >= value) continue;
                (members[below], members[i]) = (members[i], members[below]);
                below++;
            }

            int left = Grow(nodes, members[..below], depth + 1, most, random), right = Grow(nodes, members[below..], depth + 1, most, random);
            nodes[at] = new(left, right, component, value);
        }
        else
        {
            nodes[at] = new(0, 0, 0, depth + MeanDepth(members.Length));
        }

        return at;
    }

    /// <summary>A component in which the members differ, drawn at random, and its range; an empty range when they are all alike.</summary>
    private (int Component, float Least, float Largest) Pick(ReadOnlySpan<int> members, Random random)
    {
        int start = random.Next(_rows.Dimensions);
        for (int i = 0; i < _rows.Dimensions; i++)
        {
            int component = i == 0 ? start : (start + i) % _rows.Dimensions;
            float least = float.PositiveInfinity, largest = float.NegativeInfinity;
            foreach (int m in members)
            {
                least = Math.Min(least, _rows[m][component]);
                largest = Math.Max(largest, _rows[m][component]);
            }

            if (least < largest) return (component, least, largest);
        }

        return (0, 0, 0);
    }
}
