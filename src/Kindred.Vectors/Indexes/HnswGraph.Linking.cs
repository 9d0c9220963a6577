namespace Kindred.Vectors.Indexes;

/// <content>How a node is linked into the graph, by several threads at once.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>Links a placed node into the graph. Several threads may do so at once, each with a node and a scratch of its own.</summary>
    public void Insert(int node, HnswScratch scratch)
    {
        int level = _levels[node];
        bool higher;
        lock (_entryLock)
        {
            if (Entry < 0)
            {
                (Entry, Top) = (node, level);
                if (IsProved) _from[node] = node;
                return;
            }

            higher = level > Top;
        }

        // one node above all others at a time: it becomes the entry
        if (higher) _heightLock.Enter();
        try
        {
            Link(node, level, scratch);
            if (!higher) return;
            lock (_entryLock)
            {
                if (level <= Top) return;
                (Entry, Top) = (node, level);
                IsProved = false;   // the tree grows from the entry
            }
        }
        finally
        {
            if (higher) _heightLock.Exit();
        }
    }

    /// <summary>Finds a node's links from its level down, then sets them from the ground up: whoever meets the node on a level finds its links on those below.</summary>
    private void Link(int node, int level, HnswScratch scratch)
    {
        float* query = Row(node);
        int top;
        lock (_entryLock) top = Top;
        int highest = Math.Min(level, top);
        int near = Descend(query, highest, out float score);
        var chosen = scratch.Chosen(_m * (highest + 1));
        Span<int> counts = stackalloc int[highest + 1];
        for (int at = highest; at >= 0; at--)
        {
            int held = at == 0
                ? SearchGround(null, null, (byte*)query, near, score, _efConstruction, scratch)
                : SearchUpper(query, near, score, at, scratch);
            (near, score) = (scratch.Pool[0].Node, scratch.Pool[0].Score);
            counts[at] = Choose(scratch.Pool.AsSpan(0, held), _m, chosen.Slice(at * _m, _m));
        }

        for (int at = 0; at <= highest; at++)
        {
            var kept = chosen.Slice(at * _m, counts[at]);
            Lock(node);
            var links = LinksAt(node, at);
            for (int i = 0; i < kept.Length; i++) links[i] = kept[i].Node;
            Unlock(node);
            if (at == 0) Note(node);
            foreach (var candidate in kept) LinkBack(candidate.Node, node, candidate.Score, at, scratch);
            if (at == 0 && IsProved && _from[node] < 0) Attach(node, kept);
        }
    }

    /// <summary>Neighbours that lie in different directions (the paper's algorithm 4): one that is nearer to a neighbour taken than to the node is left out.</summary>
    private int Choose(ReadOnlySpan<HnswCandidate> candidates, int most, Span<HnswCandidate> kept)
    {
        int taken = 0;
        if (candidates.Length <= most && candidates.Length <= 2)
        {
            candidates.CopyTo(kept);
            return candidates.Length;
        }

        foreach (var candidate in candidates)
        {
            if (taken == most) break;
            if (IsDiverse(candidate, kept[..taken])) kept[taken++] = new HnswCandidate(candidate.Score, candidate.Node);
        }

        return taken;
    }

    private bool IsDiverse(HnswCandidate candidate, ReadOnlySpan<HnswCandidate> kept)
    {
        float* row = Row(candidate.Node);
        foreach (var other in kept)
            if (Score(row, other.Node) >= candidate.Score) return false;
        return true;
    }

    private void LinkBack(int from, int to, float score, int level, HnswScratch scratch)
    {
        Lock(from);
        try
        {
            var links = LinksAt(from, level);
            int free = links.IndexOf(-1);
            if (links[..(free < 0 ? links.Length : free)].Contains(to)) return;
            if (level == 0) Note(from);
            bool isProved = level == 0 && IsProved;
            if (free >= 0)
            {
                links[free] = to;
                if (isProved && _from[to] < 0) _from[to] = from;
                return;
            }

            // the list is full: choose anew among all of it and the new one
            var mixed = scratch.Mixed.AsSpan(0, links.Length + 1);
            float* row = Row(from);
            for (int i = 0; i < links.Length; i++) mixed[i] = new HnswCandidate(Score(row, links[i]), links[i]);
            mixed[^1] = new HnswCandidate(score, to);
            mixed.Sort(static (a, b) => b.Score.CompareTo(a.Score));
            var again = scratch.Again;
            int kept = Choose(mixed, links.Length, again);
            for (int i = 0; i < mixed.Length && kept < links.Length; i++)
                if (!Holds(again.AsSpan(0, kept), mixed[i].Node) && !IsLinked(mixed[i].Node, level, from)) again[kept++] = mixed[i];
            if (isProved) kept = KeepTree(from, mixed, again.AsSpan(0, links.Length), kept);
            for (int i = 0; i < links.Length; i++) links[i] = i < kept ? again[i].Node : -1;
            if (isProved && _from[to] < 0 && Holds(again.AsSpan(0, kept), to)) _from[to] = from;
        }
        finally
        {
            Unlock(from);
        }
    }

    private static bool Holds(ReadOnlySpan<HnswCandidate> kept, int node)
    {
        foreach (var candidate in kept)
            if (candidate.Node == node) return true;
        return false;
    }

    /// <summary>Whether one of a node's own neighbours links to it, another than the one given: then it can be found without that one's link.</summary>
    private bool IsLinked(int node, int level, int other)
    {
        foreach (int next in LinksAt(node, level))
        {
            if (next < 0) break;
            if (next != other && LinksAt(next, level).Contains(node)) return true;
        }

        return false;
    }
}
