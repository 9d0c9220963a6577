using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <content>What keeps every node within reach: links for those that have none, and others for those whose neighbours are removed.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>Links whatever cannot be reached on the ground level from the nearest node that can.</summary>
    /// <param name="isHole">Places without a node.</param>
    /// <param name="scratch">For the searches.</param>
    /// <returns>How many nodes could not be reached before.</returns>
    public int Reach(Func<int, bool> isHole, HnswScratch scratch)
    {
        if (Entry < 0) return 0;
        int[] incoming = Incoming();
        bool[] reached = new bool[Count];
        Spread(Entry, reached);
        int lost = 0;
        for (int node = 0; node < Count; node++)
        {
            if (reached[node] || isHole(node)) continue;
            lost++;
            int entry = Descend(Row(node), 0, out float score);
            int held = SearchGround(null, null, (byte*)Row(node), entry, score, _efConstruction, scratch);
            Attach(node, scratch.Pool.AsSpan(0, held));
            Spread(node, reached);
        }

        return lost;

        void Attach(int node, Span<HnswCandidate> near)
        {
            foreach (var candidate in near)
            {
                var links = new Span<int>(Links(candidate.Node), _m0);
                int free = links.IndexOf(-1);
                if (free < 0 || candidate.Node == node || !reached[candidate.Node]) continue;
                links[free] = node;
                incoming[node]++;
                return;
            }

            // no free place near by: the link that is missed least, to a node that has most others
            foreach (var candidate in near)
            {
                if (candidate.Node == node || !reached[candidate.Node]) continue;
                var links = new Span<int>(Links(candidate.Node), _m0);
                int spare = 0;
                for (int i = 1; i < links.Length; i++)
                    if (incoming[links[i]] > incoming[links[spare]]) spare = i;
                incoming[links[spare]]--;
                links[spare] = node;
                incoming[node]++;
                return;
            }
        }
    }

    /// <summary>How many nodes no way leads to from the entry.</summary>
    public int CountUnreachable(Func<int, bool> isHole)
    {
        if (Entry < 0) return 0;
        bool[] reached = new bool[Count];
        Spread(Entry, reached);
        int lost = 0;
        for (int node = 0; node < Count; node++)
            if (!reached[node] && !isHole(node)) lost++;
        return lost;
    }

    /// <summary>
    /// Takes removed nodes out of the graph: whoever linked to one is linked to its neighbours instead, by the same choice as at the start
    /// (consolidation as in FreshDiskANN, Singh et al. 2021, algorithm 4).
    /// </summary>
    /// <param name="removed">Which places are given up.</param>
    /// <param name="scratch">For the choice of links.</param>
    public void Consolidate(Func<int, bool> removed, HnswScratch scratch)
    {
        var candidates = new List<HnswCandidate>();
        var known = new HashSet<int>();
        for (int level = Math.Max(Top, 0); level >= 0; level--)
        {
            int most = level == 0 ? _m0 : _m;
            for (int node = 0; node < Count; node++)
            {
                if (_levels[node] < level || removed(node)) continue;
                var links = LinksAt(node, level);
                bool touched = false;
                foreach (int next in links) touched |= next >= 0 && removed(next);
                if (!touched) continue;
                candidates.Clear();
                known.Clear();
                known.Add(node);
                foreach (int next in links)
                {
                    if (next < 0) break;
                    if (!removed(next)) Offer(next);
                    else
                    {
                        foreach (int beyond in LinksAt(next, level))
                        {
                            if (beyond < 0) break;
                            if (!removed(beyond)) Offer(beyond);
                        }
                    }
                }

                candidates.Sort(static (a, b) => b.Score.CompareTo(a.Score));
                if (candidates.Count > scratch.Mixed.Length) candidates.RemoveRange(scratch.Mixed.Length, candidates.Count - scratch.Mixed.Length);
                int kept = Choose(CollectionsMarshal.AsSpan(candidates), most, scratch.Kept);
                for (int i = 0; i < links.Length; i++) links[i] = i < kept ? scratch.Kept[i].Node : -1;

                void Offer(int other)
                {
                    if (known.Add(other)) candidates.Add(new HnswCandidate(Score(Row(node), other), other));
                }
            }
        }

        for (int node = 0; node < Count; node++)
        {
            if (!removed(node)) continue;
            new Span<int>(Links(node), _m0).Fill(-1);
            GiveLists(node);
        }

        if (Entry >= 0 && removed(Entry))
        {
            (Entry, Top) = (-1, -1);
            for (int node = 0; node < Count; node++)
                if (!removed(node) && _levels[node] > Top) (Entry, Top) = (node, _levels[node]);
        }
    }

    private ReadOnlySpan<int> LinksOf(int node)
    {
        var links = new ReadOnlySpan<int>(Links(node), _m0);
        int end = links.IndexOf(-1);
        return end < 0 ? links : links[..end];
    }

    /// <summary>Marks all that the ground level leads to from a node.</summary>
    private void Spread(int from, bool[] reached)
    {
        var stack = new Stack<int>([from]);
        reached[from] = true;
        while (stack.TryPop(out int node))
        {
            foreach (int next in LinksOf(node))
            {
                if (reached[next]) continue;
                reached[next] = true;
                stack.Push(next);
            }
        }
    }

    private int[] Incoming()
    {
        int[] incoming = new int[Count];
        for (int node = 0; node < Count; node++)
            foreach (int next in LinksOf(node)) incoming[next]++;
        return incoming;
    }
}
