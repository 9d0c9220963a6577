using System.Collections.Concurrent;

namespace Kindred.Vectors.Indexes;

/// <content>What keeps every node within reach: links for those that have none, and others for those whose neighbours are removed.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>A node that has lost more than this share of its links borders a hole.</summary>
    private const int HoleShare = 8;

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
    /// Takes removed nodes out of the graph (after FreshDiskANN, Singh et al. 2021, algorithm 4). Other than there, a node keeps the links it has
    /// left, and only the free places are given away: to the neighbours of those removed, or, where much was removed, to what a search finds.
    /// </summary>
    /// <param name="removed">Which places are given up.</param>
    /// <param name="rent">Gives a thread a scratch.</param>
    /// <param name="giveBack">Takes it back.</param>
    public void Consolidate(Func<int, bool> removed, Func<HnswScratch> rent, Action<HnswScratch> giveBack)
    {
        for (int level = Math.Max(Top, 0); level >= 0; level--)
        {
            int at = level;
            Parallel.ForEach(Partitioner.Create(0, Math.Max(1, Count), 512), range =>
            {
                var scratch = rent();
                var candidates = new List<HnswCandidate>();
                var known = new HashSet<int>();
                for (int node = range.Item1; node < Math.Min(Count, range.Item2); node++)
                    if (_levels[node] >= at && !removed(node)) Relink(node, at, removed, candidates, known, scratch);
                giveBack(scratch);
            });
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

    /// <summary>Gives a node other links for those to removed nodes.</summary>
    private void Relink(int node, int level, Func<int, bool> removed, List<HnswCandidate> candidates, HashSet<int> known, HnswScratch scratch)
    {
        var links = LinksAt(node, level);
        int end = links.IndexOf(-1), held = end < 0 ? links.Length : end, kept = 0;
        candidates.Clear();
        known.Clear();
        known.Add(node);
        foreach (int next in links[..held])
            if (known.Add(next) && !removed(next)) scratch.Kept[kept++] = new HnswCandidate(Score(Row(node), next), next);
        if (kept == held) return;
        int stayed = kept;
        bool bordersHole = (held - stayed) * HoleShare > held;
        if (bordersHole)
        {
            float self = Score(Row(node), node);
            int found = level == 0
                ? SearchAdmitted(null, null, (byte*)Row(node), node, self, _efConstruction, new Remaining(removed), scratch)
                : SearchUpper(Row(node), node, self, level, scratch);
            foreach (var candidate in scratch.Pool.AsSpan(0, found))
                if (!removed(candidate.Node) && known.Add(candidate.Node)) candidates.Add(new HnswCandidate(candidate.Score, candidate.Node));
        }
        else
        {
            foreach (int next in links[..held])
            {
                if (!removed(next)) continue;
                foreach (int beyond in LinksAt(next, level))
                {
                    if (beyond < 0) break;
                    if (!removed(beyond) && known.Add(beyond)) candidates.Add(new HnswCandidate(Score(Row(node), beyond), beyond));
                }
            }
        }

        candidates.Sort(static (x, y) => y.Score.CompareTo(x.Score));
        foreach (var candidate in candidates)
        {
            if (kept == links.Length) break;
            if (IsDiverse(candidate, scratch.Kept.AsSpan(0, kept))) scratch.Kept[kept++] = candidate;
        }

        Lock(node);
        for (int i = 0; i < links.Length; i++) links[i] = i < kept ? scratch.Kept[i].Node : -1;
        Unlock(node);
        if (!bordersHole) return;
        foreach (var candidate in scratch.Kept.AsSpan(stayed, kept - stayed)) LinkBack(candidate.Node, node, candidate.Score, level, scratch);
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

    private readonly struct Remaining(Func<int, bool> removed) : IAdmitted
    {
        public bool Admits(int node) => !removed(node);
    }
}
