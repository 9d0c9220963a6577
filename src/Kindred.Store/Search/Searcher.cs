using System.Numerics.Tensors;
using Kindred.Store.Answers;
using Kindred.Store.Filters;

namespace Kindred.Store.Search;

/// <summary>Searches one store or several, for one wording of a question or several.</summary>
internal static class Searcher
{
    /// <summary>With fewer of a question's words known, those found may not be what it is about: help desk tips know 0.55 of "How do I stop my laptop from overheating?", stop and laptop.</summary>
    private const double MostKnown = 0.6;

    /// <summary>In a long text as a question a word more that is unknown changes little.</summary>
    private const int MostCounted = 32;

    /// <summary>Among so many passages k parents are looked for at most, or among 4 · k.</summary>
    private const int MostOfParents = 10_000;

    /// <summary>The hits, ranked, and with the context that was asked for.</summary>
    public static async Task<List<SearchHit>> FindAsync(
        IReadOnlyList<KindredStore> stores, IReadOnlyList<string> queries, SearchOptions options, CancellationToken cancel)
    {
        var condition = options.Filter is null ? null : FilterParser.Parse(options.Filter);
        var asked = await AskAsync(stores, queries, options, cancel).ConfigureAwait(false);
        if (options.Context != PassageContext.Parent) return (await FindAsync(stores, queries, asked, condition, options, options.K, cancel).ConfigureAwait(false)).Hits;

        // passages of one parent are one hit: how many it takes is not known
        for (long wanted = 4L * options.K; ; wanted = Math.Min(4 * wanted, MostOfParents))
        {
            var (hits, whole) = await FindAsync(stores, queries, asked, condition, options, (int)Math.Min(int.MaxValue, wanted), cancel).ConfigureAwait(false);
            if (whole || hits.Count == options.K || wanted >= MostOfParents) return hits;
        }
    }

    /// <summary>The vector of each wording for each store, of one model once; null where words alone are looked for. Shape [queries][stores].</summary>
    private static async Task<float[]?[][]> AskAsync(IReadOnlyList<KindredStore> stores, IReadOnlyList<string> queries, SearchOptions options, CancellationToken cancel)
    {
        float[]?[][] asked = [.. queries.Select(_ => new float[]?[stores.Count])];
        if (options.Method == SearchMethod.Words) return asked;
        for (int q = 0; q < asked.Length; q++)
        {
            for (int s = 0; s < stores.Count; s++)
            {
                int twin = Enumerable.Range(0, s).FirstOrDefault(t => ReferenceEquals(stores[t].Model, stores[s].Model), -1);
                asked[q][s] = twin >= 0 ? asked[q][twin] : (await stores[s].Encoder.QueryAsync(queries[q], cancel).ConfigureAwait(false)).ToArray();
            }
        }

        return asked;
    }

    /// <returns>The hits, and whether all that could be found were looked at.</returns>
    private static async Task<(List<SearchHit> Hits, bool Whole)> FindAsync(
        IReadOnlyList<KindredStore> stores, IReadOnlyList<string> queries, float[]?[][] asked, Filter? condition, SearchOptions options, int wanted, CancellationToken cancel)
    {
        int depth = options.Mmr is null ? wanted : Math.Max(wanted, Diversity.Pool(options.K));
        if (options.Method == SearchMethod.Hybrid) depth = Math.Max(depth, Fuser.Depth);
        // several wordings may find the same passage
        var pools = stores.Select(_ => new Dictionary<long, Candidate>()).ToArray();
        for (int q = 0; q < queries.Count; q++)
        {
            var scores = Score(stores, queries[q], asked[q], options, depth, condition, pools, cancel);
            foreach (var (candidate, score) in scores)
                candidate.Score = options.Method == SearchMethod.Hybrid ? (candidate.Score ?? 0) + (score / queries.Count) : Math.Max(candidate.Score ?? score, score);
        }

        var ordered = Fuser.Ordered(pools.SelectMany(p => p.Values).Where(c => c.Score is not null).ToDictionary(c => c, c => c.Score!.Value));
        var chosen = options.Mmr is { } lambda ? Diversity.Choose(ordered, wanted, lambda, cancel) : ordered;
        var hits = new List<SearchHit>();
        var parents = new HashSet<(string?, long, int?)>();
        foreach (var part in chosen.Chunk(wanted))
        {
            if (hits.Count == options.K) break;
            await Surroundings.AddAsync(stores, [.. part], queries[0], options.Context, cancel).ConfigureAwait(false);
            foreach (var candidate in part)
            {
                if (hits.Count == options.K) break;
                if (options.Context == PassageContext.Parent && !parents.Add((candidate.Hit.Store, candidate.Document, candidate.Hit.ContextStart))) continue;
                hits.Add(candidate.Hit with { Rank = hits.Count + 1, Score = (float)candidate.Score!.Value, Cosine = candidate.Cosine ?? 0, WordScore = (float)candidate.Words });
            }
        }

        return (hits, ordered.Count < depth && chosen.Count == ordered.Count);   // mmr chooses no more than are wanted
    }

    private static Dictionary<Candidate, double> Score(
        IReadOnlyList<KindredStore> stores, string query, float[]?[] asked, SearchOptions options, int depth, Filter? condition, Dictionary<long, Candidate>[] pools,
        CancellationToken cancel)
    {
        string? words = options.Method == SearchMethod.Meaning ? null : query;
        var parts = stores.Select((store, s) => store.Arms(asked[s], words, depth, condition, pools[s], stores.Count > 1, cancel)).ToList();
        for (int s = 0; s < stores.Count; s++)
            foreach (var candidate in pools[s].Values) candidate.Look(asked[s]);
        foreach (var (candidate, score) in parts.SelectMany(p => p.Words)) candidate.Words = Math.Max(candidate.Words, score);

        // cosines of two models do not compare
        bool alike = stores.All(store => store.ModelFingerprint == stores[0].ModelFingerprint);
        if (options.Method == SearchMethod.Words) return Fuser.Plain(Search.Arms.Merged(parts).Words);
        if (options.Method == SearchMethod.Meaning) return alike ? Fuser.Plain(Search.Arms.Merged(parts).Meaning) : Fuser.ByRanks([.. parts.Select(p => p.Meaning)]);
        if (!alike) return Fuser.ByRanks([.. parts.Select(p => p.Meaning), Search.Arms.Merged(parts).Words]);
        var arms = Search.Arms.Merged(parts);
        if (options.Fusion == Fusion.Ranks) return Fuser.ByRanks(arms.Meaning, arms.Words);
        double known = Known(stores, query);
        var scores = Fuser.ByWeight(arms, known);
        var ordered = Fuser.Ordered(scores);
        if (!Fuser.Agree(arms, ordered)) return scores;
        float[] moved = Fuser.Feedback(asked[0], ordered, scores);
        var again = Search.Arms.Merged([.. stores.Select((store, s) => store.Arms(moved, null, depth, condition, pools[s], stores.Count > 1, cancel))]);
        foreach (var (candidate, _) in again.Meaning) candidate.Look(asked[0]!);
        scores = Fuser.ByWeight(arms with { Meaning = again.Meaning }, known);
        Smoothing.Apply(scores);
        return scores;
    }

    /// <summary>What words say of a question: all they can where the stores know most of them, rare ones counting more (idf), else the share that is known.</summary>
    private static double Known(IReadOnlyList<KindredStore> stores, string query)
    {
        string[] words = [.. WordQuery.Subjects(query).Take(MostCounted)];
        TermCounts[] terms = [.. stores.Select(store => new TermCounts(store))];
        if (words.All(word => terms.Any(t => t.Knows(word)))) return 1;   // as most are: what a word weighs takes a count of all passages
        double known = 0, all = 0;
        foreach (string word in words)
        {
            double weight = terms.Min(t => t.Weight(word));
            all += weight;
            if (terms.Any(t => t.Knows(word))) known += weight;
        }

        return known < MostKnown * all ? known / all : 1;
    }

    /// <summary>Rounding may carry a cosine past 1, and a zero vector has no angle.</summary>
    public static float Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float cosine = TensorPrimitives.CosineSimilarity(x, y);
        return float.IsNaN(cosine) ? 0 : Math.Clamp(cosine, -1, 1);
    }
}
