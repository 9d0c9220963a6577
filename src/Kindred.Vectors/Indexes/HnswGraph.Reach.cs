namespace Kindred.Vectors.Indexes;

/// <content>
/// What keeps every node within reach. The ground links by which nodes are first reached from the entry make a tree; while it is known, an addition gives
/// up none of its links before the node at the other end has another way.
/// </content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>Another way is followed back to the entry over so many nodes at most: of a longer one nothing is known.</summary>
    private const int MostSteps = 256;

    /// <summary>The node by whose link each is reached, the entry by its own; −1 for what no way leads to.</summary>
    private readonly NativeArray<int> _from = new();

    /// <summary>Whether the tree is known, and with it that every node is in reach: one at a time may insert then, and must call <see cref="Reach"/> where that ends it.</summary>
    public bool IsProved { get; private set; }

    /// <summary>Makes the tree, and links whatever cannot be reached from the nearest node that can.</summary>
    /// <param name="isHole">Places without a node.</param>
    /// <param name="scratch">For the searches.</param>
    public void Reach(Func<int, bool> isHole, HnswScratch scratch)
    {
        _from.Reserve(Count);
        var from = new Span<int>(_from.Items, Count);
        Grow(from);
        IsProved = true;
        if (Entry < 0) return;
        for (int node = 0; node < Count; node++)
        {
            if (from[node] >= 0 || isHole(node)) continue;
            int entry = Descend(Row(node), 0, out float score);
            int held = SearchGround(null, null, (byte*)Row(node), entry, score, _efConstruction, scratch);
            Attach(node, scratch.Pool.AsSpan(0, held));
            Spread(node, from);
        }
    }

    /// <summary>How many nodes no way leads to from the entry.</summary>
    public int CountUnreachable(Func<int, bool> isHole)
    {
        if (Entry < 0) return 0;
        int[] from = new int[Count];
        Grow(from);
        int lost = 0;
        for (int node = 0; node < Count; node++)
            if (from[node] < 0 && !isHole(node)) lost++;
        return lost;
    }

    /// <summary>Gives a node that nothing links to a link from one of those near, in the place of one that is not of the tree.</summary>
    private void Attach(int node, ReadOnlySpan<HnswCandidate> near)
    {
        foreach (var candidate in near)
            if (TryAttach(candidate.Node, node)) return;

        // the tree has fewer links than there are nodes: some list has another
        int any = 0;
        while (!TryAttach(any, node)) any++;
    }

    private bool TryAttach(int near, int node)
    {
        if (near == node || _from[near] < 0) return false;
        var links = new Span<int>(Links(near), _m0);
        int place = links.IndexOf(-1);
        for (int i = links.Length - 1; i >= 0 && place < 0; i--)
            if (_from[links[i]] != near || links[..i].Contains(links[i])) place = i;   // a file may have a link twice
        if (place < 0) return false;
        links[place] = node;
        _from[node] = near;
        Note(near);
        return true;
    }

    /// <summary>Puts back, into the links of a node that are chosen anew, those of the tree for which there is no other way.</summary>
    /// <param name="node">Whose links.</param>
    /// <param name="all">Those it had, and one that is not of the tree.</param>
    /// <param name="kept">As many as it may have; the first of them are chosen.</param>
    /// <param name="count">How many are chosen.</param>
    /// <returns>How many are chosen then.</returns>
    private int KeepTree(int node, ReadOnlySpan<HnswCandidate> all, Span<HnswCandidate> kept, int count)
    {
        foreach (var dropped in all)
        {
            if (_from[dropped.Node] != node || Holds(kept[..count], dropped.Node) || IsTakenOver(dropped.Node, node)) continue;
            int place = count;
            if (count < kept.Length) count++;
            else
                do place--;
                while (_from[kept[place].Node] == node && !Holds(kept[..place], kept[place].Node));
            kept[place] = dropped;
        }

        return count;
    }

    /// <summary>Whether a neighbour that links to a node can take its place in the tree over from another: one that is not itself reached by way of the node.</summary>
    private bool IsTakenOver(int node, int old)
    {
        foreach (int near in LinksOf(node))
        {
            if (near == old || !LinksOf(near).Contains(node) || !IsReachedWithout(near, node)) continue;
            _from[node] = near;
            return true;
        }

        return false;
    }

    private bool IsReachedWithout(int node, int other)
    {
        for (int step = 0; step < MostSteps && node >= 0 && node != other; step++)
        {
            if (node == Entry) return true;
            node = _from[node];
        }

        return false;
    }

    private ReadOnlySpan<int> LinksOf(int node)
    {
        var links = new ReadOnlySpan<int>(Links(node), _m0);
        int end = links.IndexOf(-1);
        return end < 0 ? links : links[..end];
    }

    /// <summary>Finds the node by whose link each is first reached.</summary>
    private void Grow(Span<int> from)
    {
        from.Fill(-1);
        if (Entry < 0) return;
        from[Entry] = Entry;
        Spread(Entry, from);
    }

    /// <summary>Goes on from a node that has been reached, to the nearest ones first: the ways stay short.</summary>
    private void Spread(int first, Span<int> from)
    {
        var reached = new Queue<int>([first]);
        while (reached.TryDequeue(out int node))
        {
            foreach (int next in LinksOf(node))
            {
                if (from[next] >= 0) continue;
                from[next] = node;
                reached.Enqueue(next);
            }
        }
    }
}
