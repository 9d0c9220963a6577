using System.Collections.Concurrent;

namespace Kindred.Vectors.Indexes;

/// <content>Other links for the nodes whose neighbours are removed.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>A node that has lost more than this share of its links borders a hole.</summary>
    private const int HoleShare = 8;

    /// <summary>
    /// Takes removed nodes out of the graph (after FreshDiskANN, Singh et al. 2021, algorithm 4). Other than there, a node keeps the links it has
    /// left, and only the free places are given away: to the neighbours of those removed, or, where much was removed, to what a search finds.
    /// </summary>
    /// <param name="removed">Which places are given up.</param>
    /// <param name="rent">Gives a thread a scratch.</param>
    /// <param name="giveBack">Takes it back.</param>
    public void Consolidate(Func<int, bool> removed, Func<HnswScratch> rent, Action<HnswScratch> giveBack)
    {
        IsProved = false;
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
            Note(node);
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

        // another thread may be linking back to the node: half of its writing could hide a removed neighbour
        Span<int> had = stackalloc int[links.Length];
        Lock(node);
        links.CopyTo(had);
        Unlock(node);
        int end = had.IndexOf(-1), kept = 0;
        if (end >= 0) had = had[..end];
        candidates.Clear();
        known.Clear();
        known.Add(node);
        foreach (int next in had)
            if (known.Add(next) && !removed(next)) scratch.Kept[kept++] = new HnswCandidate(Score(Row(node), next), next);
        if (kept == had.Length) return;
        int stayed = kept;
        bool bordersHole = (had.Length - stayed) * HoleShare > had.Length;
        if (bordersHole)
        {
            float self = Score(Row(node), node);
            int found = level == 0
                ? SearchAdmitted(null, null, (byte*)Row(node), node, self, new Remaining(removed), new HnswNarrowing(_efConstruction, _efConstruction, 0, long.MaxValue), scratch)
                : SearchUpper(Row(node), node, self, level, scratch);
            foreach (var candidate in scratch.Pool.AsSpan(0, found))
                if (!removed(candidate.Node) && known.Add(candidate.Node)) candidates.Add(new HnswCandidate(candidate.Score, candidate.Node));
        }
        else
        {
            foreach (int next in had)
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
        if (level == 0) Note(node);
        if (!bordersHole) return;
        foreach (var candidate in scratch.Kept.AsSpan(stayed, kept - stayed)) LinkBack(candidate.Node, node, candidate.Score, level, scratch);
    }

    private readonly struct Remaining(Func<int, bool> removed) : IAdmitted
    {
        public bool Admits(int node) => !removed(node);
    }
}
