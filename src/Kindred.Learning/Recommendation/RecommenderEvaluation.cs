namespace Kindred.Learning.Recommendation;

/// <summary>Measures recommenders on what users did next.</summary>
public static class RecommenderEvaluation
{
    /// <summary>Users measured at most, taken evenly from the table.</summary>
    private const int Most = 10_000;

    /// <summary>Makes a recommender of the earlier events and measures it on the last fifth of each user's events, of which every like counts the same.</summary>
    /// <param name="table">Who took what.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">No user has five events, of which the last fifth holds a like; or the method cannot take the table.</exception>
    public static RecommenderScore Measure(InteractionTable table, RecommenderOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        var (earlier, later) = table.Split();
        if (later.Weights.All(w => w == 0)) throw new ArgumentException("No user has five events or more whose last fifth holds a like: there is nothing to measure on.", nameof(table));
        return Measure(Recommender.Fit(earlier, options, cancel), later, cancel) with { Method = options?.Method ?? RecommenderMethod.Auto };
    }

    /// <summary>Measures a recommender on events that it was not made from.</summary>
    /// <param name="recommender">The recommender.</param>
    /// <param name="later">What users did next; users the recommender does not know get popular items, items it does not know cannot be found.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There is no like among the events.</exception>
    public static RecommenderScore Measure(Recommender recommender, InteractionTable later, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentNullException.ThrowIfNull(later);
        int[] users = [.. Enumerable.Range(0, later.Users.Count).Where(u => later.WeightsOf(u).ContainsAnyExcept(0f))];
        if (users.Length == 0) throw new ArgumentException("There is no like among the events.", nameof(later));
        if (users.Length > Most) users = [.. Enumerable.Range(0, Most).Select(i => users[(long)i * users.Length / Most])];
        int[][] lists = new int[users.Length][];
        var sums = new (double Ndcg, double Recall, double Novelty, double Diversity)[users.Length];
        int known = recommender.Users.Count;
        Parallel.For(0, users.Length, new ParallelOptions { CancellationToken = cancel }, n =>
        {
            var wanted = Wanted(recommender, later, users[n]);
            int user = recommender.Table.FindUser(later.Users[users[n]]);
            int[] likes = user < 0 ? [] : Profile.Of(recommender.Table, user, double.PositiveInfinity).Items;
            int[] list = Ranking.Top(recommender.Scores(user, likes), user < 0 ? [] : recommender.Table.ItemsOf(user), 20);
            lists[n] = [.. list.Take(10)];
            sums[n] = (Ranking.Ndcg(list, wanted, 10), list.Count(wanted.Contains) / (double)wanted.Count,
                Average(lists[n].Select(i => -Math.Log2(Math.Max(recommender.Set.Events.Count(i), 0.5) / known))),
                Average(lists[n].SelectMany((a, at) => lists[n].Skip(at + 1).Select(b => 1.0 - recommender.Set.Likeness(a, b)))));
        });
        return new(RecommenderMethod.Auto, recommender.Description, users.Length, sums.Average(s => s.Ndcg), sums.Average(s => s.Recall),
            Covered(recommender, lists), sums.Average(s => s.Novelty), sums.Average(s => s.Diversity));
    }

    // an item that the recommender does not know has a number that no list holds
    private static HashSet<int> Wanted(Recommender recommender, InteractionTable later, int user)
    {
        var wanted = new HashSet<int>();
        var items = later.ItemsOf(user);
        var weights = later.WeightsOf(user);
        for (int e = 0; e < items.Length; e++)
            if (weights[e] > 0) wanted.Add(recommender.Table.FindItem(later.Items[items[e]]) is >= 0 and var known ? known : -1 - items[e]);
        return wanted;
    }

    // an item that nobody took before is in no list's favour: it is not among those to cover
    private static double Covered(Recommender recommender, int[][] lists)
    {
        bool Liked(int item) => recommender.Set.Events.Count(item) > 0;
        return lists.SelectMany(l => l).Distinct().Count(Liked) / (double)Enumerable.Range(0, recommender.Items.Count).Count(Liked);
    }

    private static double Average(IEnumerable<double> values) => values.DefaultIfEmpty(0).Average();
}
