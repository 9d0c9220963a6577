using System.Numerics.Tensors;

namespace Kindred.Store.Search;

/// <summary>Brings the lists of a hybrid search together.</summary>
internal static class Fuser
{
    /// <summary>Candidates of each list that are given a score above zero, whatever k is: so the first ten are the same for every k.</summary>
    public const int Depth = 100;

    /// <summary>Of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).</summary>
    private const double RankConstant = 60;

    /// <summary>How far down its list each arm may have the best passage for both to mean it.</summary>
    private const int Near = 30;

    /// <summary>The scores of one list as they are.</summary>
    public static Dictionary<Candidate, double> Plain(IReadOnlyList<(Candidate Candidate, double Score)> list) => list.ToDictionary(c => c.Candidate, c => c.Score);

    /// <summary>1/(60 + rank), summed over the lists.</summary>
    public static Dictionary<Candidate, double> ByRanks(params IReadOnlyList<IReadOnlyList<(Candidate Candidate, double Score)>> lists)
    {
        var scores = new Dictionary<Candidate, double>();
        foreach (var list in lists)
            for (int i = 0; i < list.Count; i++) scores[list[i].Candidate] = scores.GetValueOrDefault(list[i].Candidate) + (1 / (RankConstant + i + 1));
        return scores;
    }

    /// <summary>The sum of both lists' scores, brought to 0 to 1 each and weighed half and half where the stores know the words of the question.</summary>
    /// <param name="arms">The lists.</param>
    /// <param name="known">What words can say of the question, 0 to 1: where most are unknown, those that are found count less.</param>
    public static Dictionary<Candidate, double> ByWeight(Arms arms, double known)
    {
        var scores = new Dictionary<Candidate, double>();
        Add(arms.Meaning, 1 - (known / 2), open: false);
        Add(arms.Words, known / 2, open: true);
        return scores;

        void Add(IReadOnlyList<(Candidate Candidate, double Score)> list, double weight, bool open)
        {
            if (list.Count == 0) return;
            int last = Math.Min(list.Count, Depth) - 1;
            // a short list of words ends where no word is left, and that is at 0; vectors are always some way off
            double high = list[0].Score, low = open && list.Count < Depth ? 0 : list[last].Score;
            for (int i = 0; i < list.Count; i++)
            {
                double part = i > last ? 0 : high > low ? weight * (list[i].Score - low) / (high - low) : weight;
                scores[list[i].Candidate] = scores.GetValueOrDefault(list[i].Candidate) + part;
            }
        }
    }

    /// <summary>Whether meaning and words both speak for the best passage: of one that either knows nothing of there is nothing to be learned, nor of so few passages that each is near to all others.</summary>
    /// <param name="arms">The lists.</param>
    /// <param name="ordered">What they make together, best first.</param>
    public static bool Agree(Arms arms, List<Candidate> ordered)
    {
        return ordered.Count > Smoothing.Neighbours && Has(arms.Meaning) && Has(arms.Words);

        bool Has(IReadOnlyList<(Candidate Candidate, double Score)> list) => list.Take(Near).Any(c => c.Candidate == ordered[0]);
    }

    /// <summary>Best first; equal scores by words, then by nearness, then in order of storing.</summary>
    public static List<Candidate> Ordered(IReadOnlyDictionary<Candidate, double> scores) =>
        [.. scores.OrderByDescending(s => s.Value).ThenByDescending(s => s.Key.Words).ThenByDescending(s => s.Key.Cosine).Select(s => s.Key)];

    /// <summary>
    /// The question moved towards the five best passages (Rocchio 1971, with the ranking itself for a judge): q + 0.4 × their weighted mean, of
    /// length 1 each.
    /// </summary>
    /// <param name="query">The question's vector.</param>
    /// <param name="ordered">The candidates, best first.</param>
    /// <param name="scores">Their weights in the mean.</param>
    public static float[] Feedback(ReadOnlySpan<float> query, List<Candidate> ordered, IReadOnlyDictionary<Candidate, double> scores)
    {
        float[] mean = new float[query.Length], moved = query.ToArray();
        foreach (var candidate in ordered.Take(5))
        {
            float length = TensorPrimitives.Norm(candidate.Vector);
            if (length > 0) TensorPrimitives.MultiplyAdd(candidate.Vector, (float)scores[candidate] / length, mean, mean);
        }
        float norm = TensorPrimitives.Norm(mean), own = TensorPrimitives.Norm(query);
        if (norm > 0 && own > 0) TensorPrimitives.MultiplyAdd(mean, 0.4f * own / norm, moved, moved);
        return moved;
    }
}
