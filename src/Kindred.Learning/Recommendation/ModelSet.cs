using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>The models that were trained on one table, and their blending.</summary>
internal sealed class ModelSet(InteractionTable table, ItemEvents events)
{
    private readonly Dictionary<RecommenderMethod, IItemModel> _models = [];

    /// <summary>After how many events the weight of a pair falls to 1/e in <see cref="RecommenderMethod.Sequence"/>.</summary>
    private const double Reach = 20;

    /// <summary>Items of like content that speak for one that nobody took.</summary>
    private const int ColdLikes = 10;

    private IReadOnlyDictionary<int, int[]>? _cold;

    public InteractionTable Table => table;

    public ItemEvents Events => events;

    public AlsModel Space => (AlsModel)_models[RecommenderMethod.Als];

    public NeighborModel Neighbors => (NeighborModel)_models[RecommenderMethod.Knn];

    public VectorModel? Content => _models.GetValueOrDefault(RecommenderMethod.Content) as VectorModel;

    public IReadOnlyDictionary<RecommenderMethod, IItemModel> Models => _models;

    public void Add(RecommenderMethod method, IItemModel model) => _models.Add(method, model);

    /// <summary>Trains the methods asked for, and for a recommender those that likeness of items needs.</summary>
    public static ModelSet Train(InteractionTable table, IEnumerable<RecommenderMethod> methods, RecommenderOptions options, bool likeness, CancellationToken cancel)
    {
        var events = new ItemEvents(table);
        if (events.Users.Length == 0) throw new ArgumentException("No event is a like.", nameof(table));
        var set = new ModelSet(table, events);
        IEnumerable<RecommenderMethod> all = likeness ? [.. methods, RecommenderMethod.Als, RecommenderMethod.Knn] : methods;
        if (likeness && options.Content.Count > 0) all = all.Append(RecommenderMethod.Content);
        foreach (var method in all.Distinct()) set.Add(method, set.Train(method, options, cancel));
        return set;
    }

    /// <summary>One model's scores of a profile.</summary>
    public float[] Score(BlendPart part, in Profile profile)
    {
        float[] scores = new float[table.Items.Count];
        _models[part.Method].Score(profile, scores);
        return scores;
    }

    /// <summary>Scales scores to mean 0 and deviation 1; scores that are all equal become zeros.</summary>
    public static void Standardize(Span<float> scores) => Standardize(scores, out _);

    public static void Standardize(Span<float> scores, out float deviation)
    {
        double mean = 0, squares = 0;
        foreach (float s in scores) mean += s;
        mean /= scores.Length;
        foreach (float s in scores) squares += (s - mean) * (s - mean);
        double spread = Math.Sqrt(squares / scores.Length);
        deviation = (float)spread;
        if (!(spread > 1e-12 * Math.Abs(mean)))
        {
            scores.Clear();
            deviation = 0;
            return;
        }

        for (int i = 0; i < scores.Length; i++) scores[i] = (float)((scores[i] - mean) / spread);
    }

    /// <summary>How alike two items are, -1 to 1: by who liked them, or by content where nobody did.</summary>
    public float Likeness(int a, int b) => Content is { } content && (events.Count(a) == 0 || events.Count(b) == 0)
        ? Metric.Dot(content.VectorOf(a), content.VectorOf(b))
        : Metric.Cosine(Space.VectorOf(a), Space.VectorOf(b));

    /// <summary>How many liked each item.</summary>
    public float[] Popularity()
    {
        float[] scores = new float[table.Items.Count];
        for (int i = 0; i < scores.Length; i++) scores[i] = events.Count(i);
        return scores;
    }

    /// <summary>Gives an item that nobody took the scores of the items of like content; one that has no content either is ruled out.</summary>
    /// <param name="scores">A score an item.</param>
    /// <param name="likes">What the profile likes: models score it far above all else, so it counts as the best of the rest.</param>
    public void FillCold(float[] scores, int[] likes)
    {
        var cold = ColdNeighbors();
        float most = cold.Count > 0 ? MostOfOthers(scores, [.. likes]) : 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (events.Count(i) > 0) continue;
            scores[i] = cold.TryGetValue(i, out int[]? near) && near.Length > 0 ? near.Average(n => Math.Min(scores[n], most)) : float.NegativeInfinity;
        }
    }

    private float MostOfOthers(float[] scores, HashSet<int> likes)
    {
        float most = float.NegativeInfinity;
        for (int i = 0; i < scores.Length; i++)
            if (events.Count(i) > 0 && !likes.Contains(i)) most = Math.Max(most, scores[i]);
        return float.IsNegativeInfinity(most) ? float.PositiveInfinity : most;
    }

    private IReadOnlyDictionary<int, int[]> ColdNeighbors()
    {
        if (_cold is { } known) return known;
        var cold = new Dictionary<int, int[]>();
        if (Content is { } content)
        {
            int[] items = [.. Enumerable.Range(0, table.Items.Count).Where(i => events.Count(i) == 0)];
            int[][] near = new int[items.Length][];
            Parallel.For(0, items.Length, n =>
            {
                float[] likeness = new float[table.Items.Count];
                for (int i = 0; i < likeness.Length; i++)
                    likeness[i] = events.Count(i) > 0 && Metric.Dot(content.VectorOf(items[n]), content.VectorOf(i)) is > 0 and var dot ? dot : float.NegativeInfinity;
                near[n] = Ranking.Top(likeness, [], ColdLikes);
            });
            for (int n = 0; n < items.Length; n++) cold.Add(items[n], near[n]);
        }

        return _cold = cold;
    }

    private IItemModel Train(RecommenderMethod method, RecommenderOptions options, CancellationToken cancel) => method switch
    {
        RecommenderMethod.Ease => EaseModel.Train(table, events, options.EaseLambda, cancel),
        RecommenderMethod.Als => AlsModel.Train(table, events, Math.Min(options.Factors, table.Items.Count), options.AlsLambda, options.AlsAlpha, 10, options.Seed, cancel),
        RecommenderMethod.Bpr => BprModel.Train(table, events, options.Factors, 100, options.Seed, cancel),
        RecommenderMethod.Knn => NeighborModel.Train("knn", table, events, double.PositiveInfinity, cancel),
        RecommenderMethod.Sequence => table.HasTimes
            ? NeighborModel.Train("sequence", table, events, Reach, cancel)
            : throw new ArgumentException("The sequence method needs events with times."),
        RecommenderMethod.Item2Vec => Item2Vec.Train(table, events, options.Factors, 20, options.Seed, cancel),
        RecommenderMethod.Content => options.Content.Count > 0 ? VectorModel.OfContent(table, options.Content) : throw new ArgumentException("The content method needs vectors of the items' content."),
        RecommenderMethod.Popularity => new PopularityModel(events),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such method."),
    };
}
