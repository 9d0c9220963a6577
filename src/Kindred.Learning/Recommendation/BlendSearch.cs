namespace Kindred.Learning.Recommendation;

/// <summary>Chooses half-lives and weights by how well the last events of the training data are foretold.</summary>
internal static class BlendSearch
{
    /// <summary>Scores kept in memory while choosing; users are taken evenly from the table until they fill it.</summary>
    private const long MostScores = 120_000_000;

    /// <summary>With fewer users to measure on, a difference between blends is chance.</summary>
    private const int LeastUsers = 10;

    private static readonly double[] HalfLives = [1.5, 4, 10, 30, double.PositiveInfinity];
    private static readonly double[] Shares = [0.1, 0.2, 0.35, 0.5];

    /// <summary>The blend of <paramref name="methods"/>; null where there is too little to choose by.</summary>
    public static IReadOnlyList<BlendPart>? Choose(InteractionTable table, IReadOnlyList<RecommenderMethod> methods, RecommenderOptions options, CancellationToken cancel)
    {
        var (earlier, later) = table.Split();
        int[] users = [.. Enumerable.Range(0, table.Users.Count).Where(u => Likes(later, u).Length > 0 && Likes(earlier, u).Length > 0)];
        if (users.Length < LeastUsers) return null;
        int most = (int)Math.Max(LeastUsers, MostScores / (methods.Count * (long)table.Items.Count));
        if (users.Length > most) users = [.. Enumerable.Range(0, most).Select(i => users[(long)i * users.Length / most])];
        var set = ModelSet.Train(earlier, methods, options, likeness: false, cancel);

        var best = new List<(BlendPart Part, double Gain, float[][] Scores)>();
        foreach (var method in methods)
        {
            (BlendPart Part, double Gain, float[][] Scores) leader = default;
            foreach (double halfLife in table.HasTimes && method is not (RecommenderMethod.Popularity or RecommenderMethod.Bpr) ? HalfLives : [double.PositiveInfinity])
            {
                var part = new BlendPart(method, 1, halfLife);
                float[][] scores = new float[users.Length][];
                Each(u => ModelSet.Standardize(scores[u] = set.Score(part, Profile.Of(earlier, users[u], halfLife))));
                double gain = Gain(scores);
                if (leader.Scores is null || gain > leader.Gain) leader = (part, gain, scores);
            }

            best.Add(leader);
        }

        best.Sort((a, b) => b.Gain.CompareTo(a.Gain));
        var chosen = new List<BlendPart> { best[0].Part };
        float[][] sum = best[0].Scores;
        double reached = best[0].Gain;
        foreach (var (part, _, scores) in best.Skip(1))
        {
            (double Share, double Gain) leader = (0, reached);
            foreach (double share in Shares)
            {
                double gain = Gain(Mix(sum, scores, share));
                if (gain > leader.Gain) leader = (share, gain);
            }

            // a gain below half a percent is not worth another model
            if (leader.Gain < reached * 1.005 || leader.Share == 0) continue;
            sum = Mix(sum, scores, leader.Share);
            reached = leader.Gain;
            for (int i = 0; i < chosen.Count; i++) chosen[i] = chosen[i] with { Weight = chosen[i].Weight * (1 - leader.Share) };
            chosen.Add(part with { Weight = leader.Share });
        }

        return chosen;

        void Each(Action<int> work) => Parallel.For(0, users.Length, new ParallelOptions { CancellationToken = cancel }, work);

        float[][] Mix(float[][] a, float[][] b, double share)
        {
            float[][] mixed = new float[users.Length][];
            Each(u =>
            {
                float[] row = mixed[u] = new float[a[u].Length];
                Cholesky.AddScaled((float)(1 - share), a[u], row);
                Cholesky.AddScaled((float)share, b[u], row);
            });
            return mixed;
        }

        double Gain(float[][] scores)
        {
            double[] gains = new double[users.Length];
            Each(u => gains[u] = Ranking.Ndcg(Ranking.Top(scores[u], earlier.ItemsOf(users[u]), 10), Likes(later, users[u]), 10));
            return gains.Average();
        }
    }

    private static int[] Likes(InteractionTable table, int user) => Profile.Of(table, user, double.PositiveInfinity).Items;
}
