namespace Kindred.Words.Training;

/// <summary>The binary tree of the hierarchical softmax: common words have short paths (Mikolov et al. 2013b, section 2.1).</summary>
internal sealed class HuffmanTree
{
    private readonly int[] _starts;
    private readonly int[] _nodes;
    private readonly bool[] _turns;

    /// <param name="counts">Counts of the words, the highest first.</param>
    internal HuffmanTree(ReadOnlySpan<long> counts)
    {
        int n = counts.Length;
        int[] parents = new int[Math.Max(2 * n - 1, 1)];
        bool[] right = new bool[parents.Length];
        var queue = new PriorityQueue<int, (long Count, int Order)>();
        long[] weights = new long[parents.Length];
        for (int i = 0; i < n; i++) queue.Enqueue(i, (weights[i] = counts[i], i));
        for (int inner = n; inner < parents.Length; inner++)
        {
            int a = queue.Dequeue(), b = queue.Dequeue();
            (parents[a], parents[b], right[b]) = (inner, inner, true);
            queue.Enqueue(inner, (weights[inner] = weights[a] + weights[b], inner));
        }
        _starts = new int[n + 1];
        var (nodes, turns) = (new List<int>(), new List<bool>());
        for (int word = 0; word < n; word++)
        {
            for (int at = word; at != parents.Length - 1; at = parents[at])
            {
                nodes.Add(parents[at] - n);
                turns.Add(right[at]);
            }
            _starts[word + 1] = nodes.Count;
        }
        (_nodes, _turns) = ([.. nodes], [.. turns]);
        Longest = Enumerable.Range(0, n).Max(word => _starts[word + 1] - _starts[word]);
    }

    /// <summary>Most nodes on any path.</summary>
    internal int Longest { get; }

    /// <summary>Inner nodes from a word up to the root.</summary>
    internal ReadOnlySpan<int> Nodes(int word) => _nodes.AsSpan(_starts[word].._starts[word + 1]);

    /// <summary>Whether the path goes right at each of <see cref="Nodes"/>.</summary>
    internal ReadOnlySpan<bool> Turns(int word) => _turns.AsSpan(_starts[word].._starts[word + 1]);
}
