namespace Kindred.Vectors.Files;

/// <summary>The links of a hierarchical graph (Malkov and Yashunin 2018) as a file held them. Immutable: may be read from several threads at once.</summary>
public sealed class GraphLinks
{
    private readonly int[] _first;
    private readonly int[] _starts;
    private readonly int[] _links;

    /// <param name="entryPoint">The node at which a search begins; −1 without nodes.</param>
    /// <param name="first">Where the slots of each node begin, one slot a level; shape [n + 1].</param>
    /// <param name="starts">Where the links of each slot begin; shape [slots + 1].</param>
    /// <param name="links">Links of all slots.</param>
    internal GraphLinks(int entryPoint, int[] first, int[] starts, int[] links)
    {
        EntryPoint = entryPoint;
        _first = first;
        _starts = starts;
        _links = links;
    }

    /// <summary>How many nodes there are.</summary>
    public int Count => _first.Length - 1;

    /// <summary>The node at which a search begins, on the top level; −1 in an empty graph.</summary>
    public int EntryPoint { get; }

    /// <summary>The highest level on which a node stands, from 0.</summary>
    /// <param name="node">0 to <see cref="Count"/> − 1.</param>
    public int LevelOf(int node) => _first[node + 1] - _first[node] - 1;

    /// <summary>The neighbours of a node on a level: each is a node of the graph that stands on that level.</summary>
    /// <param name="node">0 to <see cref="Count"/> − 1.</param>
    /// <param name="level">0 to the node's level.</param>
    /// <exception cref="ArgumentOutOfRangeException">The node does not stand on the level.</exception>
    public ReadOnlySpan<int> Neighbors(int node, int level)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, LevelOf(node));
        int slot = _first[node] + level;
        return _links.AsSpan(_starts[slot].._starts[slot + 1]);
    }

    /// <summary>Checks what cannot be seen while a node is read: that links stay on their level, and that the entry is at the top.</summary>
    /// <exception cref="VectorFileException">Names the node and the link.</exception>
    internal void Check(string path, long offset, int topLevel)
    {
        int top = -1;
        for (int node = 0; node < Count; node++)
        {
            top = Math.Max(top, LevelOf(node));
            for (int level = 1; level <= LevelOf(node); level++)
            {
                foreach (int link in Neighbors(node, level))
                    if (LevelOf(link) < level) throw new VectorFileException(path, offset, $"on level {level} node {node} links to node {link}, whose highest level is {LevelOf(link)}");
            }
        }

        if (topLevel != top) throw new VectorFileException(path, offset, $"top level {topLevel}; the nodes reach {top}");
        if (Count == 0 ? EntryPoint != -1 : (uint)EntryPoint >= (uint)Count || LevelOf(EntryPoint) != top)
            throw new VectorFileException(path, offset, $"entry point {EntryPoint} is no node of the top level {top}");
    }
}
