using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <content>Which items are picked from the scores, and what is said of them.</content>
public sealed partial class Recommender
{
    /// <summary>Candidates that diversity chooses from, times K.</summary>
    private const int Pool = 10;

    /// <summary>How the reason of an item that nobody took yet begins.</summary>
    private const string Untaken = "new; ";

    /// <summary>Reasons named an item.</summary>
    private const int Reasons = 2;

    private int[] Pick(float[] scores, ReadOnlySpan<int> without, RecommendOptions options)
    {
        if (options.Allow is { } allow)
        {
            scores = [.. scores];
            for (int i = 0; i < scores.Length; i++)
                if (!float.IsNegativeInfinity(scores[i]) && !allow(Items[i])) scores[i] = float.NegativeInfinity;
        }

        if (options.Diversity == 0) return Ranking.Top(scores, without, options.K);
        int[] pool = Ranking.Top(scores, without, (int)Math.Min((long)options.K * Pool, scores.Length));
        return Diversify(pool, scores, options);
    }

    // maximal marginal relevance, the scores of the pool scaled to 0 to 1
    private int[] Diversify(int[] pool, float[] scores, RecommendOptions options)
    {
        if (pool.Length == 0) return [];
        float most = scores[pool[0]], range = Math.Max(most - scores[pool[^1]], 1e-12f);
        var left = pool.ToList();
        float[] nearest = new float[scores.Length];
        var picked = new List<int>();
        while (picked.Count < options.K && left.Count > 0)
        {
            int best = left.MaxBy(i => ((1 - options.Diversity) * (1 - ((most - scores[i]) / range))) - (options.Diversity * nearest[i]));
            picked.Add(best);
            left.Remove(best);
            foreach (int i in left) nearest[i] = Math.Max(nearest[i], _set.Likeness(i, best));
        }

        return [.. picked];
    }

    private string Why(int user, int[] likes, int item)
    {
        if (likes.Length == 0) return user < 0 ? "new user: popular with all" : "popular with all: nothing you liked is known";
        if (_set.Events.Count(item) == 0 && _set.Content is { } content)
            return $"{Untaken}its content is like {Called(likes.MaxBy(l => Metric.Dot(content.VectorOf(l), content.VectorOf(item))))}";
        float[] shares = new float[likes.Length];
        foreach (var part in _parts)
        {
            var profile = Profile.Of(user, likes, part.HalfLife);
            float[] scores = _set.Score(part, profile);
            ModelSet.Standardize(scores, out float deviation);
            if (deviation == 0) continue;
            for (int l = 0; l < likes.Length; l++) shares[l] += (float)part.Weight * profile.Weights[l] * _set.Models[part.Method].Contribution(likes[l], item) / deviation;
        }

        string[] reasons = [.. Enumerable.Range(0, likes.Length).Where(l => shares[l] > 0).OrderByDescending(l => shares[l]).Take(Reasons).Select(l => Called(likes[l]))];
        return reasons.Length == 0 ? "popular with all" : $"because you liked {string.Join(" and ", reasons)}";
    }
}
