using System.Globalization;

namespace Kindred.Learning.Recommendation;

/// <summary>
/// Recommends items to users from who took what: by one method or by a blend of several that was chosen on the last events of the training data. What a user
/// has seen is never recommended to that user. Unchanging; any thread may ask.
/// </summary>
public sealed partial class Recommender
{
    /// <summary>In <see cref="RecommenderMethod.Auto"/>, EASE takes part up to this size of its matrix: above, its n³ steps take minutes.</summary>
    private const int AutoEase = 4000;

    /// <summary>In <see cref="RecommenderMethod.Auto"/>, the methods that learn step by step take part up to so many events.</summary>
    private const int AutoSteps = 200_000;

    private readonly ModelSet _set;
    private readonly BlendPart[] _parts;
    private readonly IReadOnlyList<string>? _titles;

    // titles: one an item, its name where it has none
    internal Recommender(ModelSet set, IReadOnlyList<BlendPart> parts, IReadOnlyList<string>? titles) => (_set, _parts, _titles) = (set, [.. parts], titles);

    /// <summary>The names of the users it was made from.</summary>
    public IReadOnlyList<string> Users => _set.Table.Users;

    /// <summary>The names of the items it knows, those that are known by content alone last.</summary>
    public IReadOnlyList<string> Items => _set.Table.Items;

    /// <summary>What it consists of, such as "0.65 sequence (half-life 1.5) + 0.35 ease (half-life 4)".</summary>
    public string Description => string.Join(" + ", _parts.Select(p => string.Create(CultureInfo.InvariantCulture,
        $"{p.Weight:0.###} {p.Method.ToString().ToLowerInvariant()}{(double.IsPositiveInfinity(p.HalfLife) ? "" : $" (half-life {p.HalfLife:0.#})")}")));

    /// <summary>What an item is called; null where no title was given for it.</summary>
    /// <param name="item">The item's name.</param>
    public string? TitleOf(string item) => Table.FindItem(item) is >= 0 and var i && _titles?[i] is { } title && title != item ? title : null;

    internal IReadOnlyList<string>? Titles => _titles;

    internal InteractionTable Table => _set.Table;

    internal ModelSet Set => _set;

    internal IReadOnlyList<BlendPart> Parts => _parts;

    /// <summary>Makes a recommender.</summary>
    /// <param name="table">Who took what.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">No event is a like, the method lacks what it needs, or it cannot take so much.</exception>
    public static Recommender Fit(InteractionTable table, RecommenderOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        options ??= new RecommenderOptions();
        options.Check();
        table = table.WithItems(options.Content.Keys);
        IReadOnlyList<RecommenderMethod> methods = options.Method == RecommenderMethod.Auto ? Methods(table, options) : [options.Method];
        if (options.Method == RecommenderMethod.Sequence && !table.HasTimes) throw new ArgumentException("The sequence method needs events with times.", nameof(table));

        // too little to choose by: the linear model where it fits, and popular items where it says nothing
        var parts = BlendSearch.Choose(table, methods, options, cancel)
            ?? (options.Method == RecommenderMethod.Auto
                ? [new(methods[0], 0.9, double.PositiveInfinity), new(RecommenderMethod.Popularity, 0.1, double.PositiveInfinity)]
                : [new(options.Method, 1, double.PositiveInfinity)]);
        return new(ModelSet.Train(table, parts.Select(p => p.Method), options, likeness: true, cancel), parts,
            options.Titles.Count == 0 ? null : [.. table.Items.Select(i => options.Titles.TryGetValue(i, out string? title) && !string.IsNullOrWhiteSpace(title) ? title : i)]);
    }

    /// <summary>The methods that fit a table, those that suit small ones best first.</summary>
    /// <param name="table">Who took what.</param>
    /// <param name="options">Settings; content vectors bring the content method.</param>
    public static IReadOnlyList<RecommenderMethod> Methods(InteractionTable table, RecommenderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        var methods = new List<RecommenderMethod>();
        if (Math.Min(table.Users.Count, table.Items.Count) <= AutoEase) methods.Add(RecommenderMethod.Ease);
        methods.Add(RecommenderMethod.Als);
        methods.Add(RecommenderMethod.Knn);
        if (table.HasTimes) methods.Add(RecommenderMethod.Sequence);
        if (table.Count <= AutoSteps) methods.AddRange(RecommenderMethod.Bpr, RecommenderMethod.Item2Vec);
        if (options?.Content.Count > 0) methods.Add(RecommenderMethod.Content);
        methods.Add(RecommenderMethod.Popularity);
        return methods;
    }

    /// <summary>Whether the user has events.</summary>
    public bool KnowsUser(string name) => Table.FindUser(name) >= 0;

    /// <summary>Whether the item has events or content.</summary>
    public bool KnowsItem(string name) => Table.FindItem(name) >= 0;

    /// <summary>Items for a user, best first; popular ones for somebody unknown.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    public IReadOnlyList<Recommendation> Recommend(string user, RecommendOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        int number = Table.FindUser(user);
        return number < 0 ? List(-1, [], [], options ?? new()) : List(number, Likes(number), Table.ItemsOf(number), options ?? new());
    }

    /// <summary>Items for somebody who is not among the users, from what they like.</summary>
    /// <param name="likes">Names or titles of items, the latest last.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">One of the items is unknown, or several have the title; names those spelt alike.</exception>
    public IReadOnlyList<Recommendation> RecommendFor(IEnumerable<string> likes, RecommendOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(likes);
        int[] items = [.. likes.Select(Find).Distinct()];
        return List(-1, items, items, options ?? new());
    }

    /// <summary>Items that the same users liked, nearest first; for an item that nobody took yet, those of like content.</summary>
    /// <param name="item">The item's name, or its title where it alone has it.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <returns>True neighbours alone: fewer than K where there are fewer.</returns>
    /// <exception cref="ArgumentException">The item is unknown, or several have the title; names those spelt alike.</exception>
    public IReadOnlyList<Recommendation> Similar(string item, RecommendOptions? options = null)
    {
        options ??= new();
        options.Check();
        int number = Find(item);
        var events = _set.Events;
        float[] scores = new float[Items.Count];
        Array.Fill(scores, float.NegativeInfinity);
        bool byContent = events.Count(number) == 0;
        if (byContent)
        {
            for (int i = 0; i < scores.Length; i++)
                if (i != number && _set.Likeness(number, i) is > 0 and var likeness) scores[i] = likeness;
        }
        else
        {
            var neighbors = _set.Neighbors.NeighborsOf(number);
            var weights = _set.Neighbors.WeightsOf(number);
            for (int n = 0; n < neighbors.Length; n++) scores[neighbors[n]] = weights[n];
        }

        var users = events.UsersOf(number).ToArray().ToHashSet();
        return [.. Pick(scores, [number], options).Select(i => new Recommendation(Items[i], scores[i],
            byContent ? "its content is alike" : $"liked by {Shared(i)} of the {users.Count} who liked {Called(number)}"))];

        int Shared(int other)
        {
            int shared = 0;
            foreach (int u in events.UsersOf(other))
                if (users.Contains(u)) shared++;
            return shared;
        }
    }

    /// <summary>A vector a user or an item, so that they can be clustered or drawn: the factors of implicit ALS.</summary>
    /// <returns>Shape [users, factors], in the order of <see cref="Users"/>.</returns>
    public IReadOnlyList<ReadOnlyMemory<float>> UserVectors() =>
        [.. Enumerable.Range(0, Users.Count).Select(u => new ReadOnlyMemory<float>(_set.Space.VectorOf(Profile.Of(Table, u, double.PositiveInfinity))))];

    /// <inheritdoc cref="UserVectors"/>
    /// <returns>Shape [items, factors], in the order of <see cref="Items"/>; zeros for an item that nobody took.</returns>
    public IReadOnlyList<ReadOnlyMemory<float>> ItemVectors() =>
        [.. Enumerable.Range(0, Items.Count).Select(i => new ReadOnlyMemory<float>(_set.Space.Vectors, i * _set.Space.Factors, _set.Space.Factors))];

    /// <summary>The items whose names are spelt most like a text.</summary>
    /// <param name="name">The text.</param>
    /// <param name="k">How many at most.</param>
    public IReadOnlyList<string> NearestNames(string name, int k = 3) => Spelling.Nearest(Items, name, k);

    private string Called(int item) => _titles?[item] ?? Items[item];

    /// <summary>The users whose names are spelt most like a text.</summary>
    /// <param name="name">The text.</param>
    /// <param name="k">How many at most.</param>
    public IReadOnlyList<string> NearestUsers(string name, int k = 3) => Spelling.Nearest(Users, name, k);

    /// <summary>The blended scores of all items for a profile.</summary>
    internal float[] Scores(int user, int[] likes)
    {
        float[] sum = new float[Items.Count];
        foreach (var part in likes.Length == 0 ? [new(RecommenderMethod.Popularity, 1, double.PositiveInfinity)] : _parts)
        {
            float[] scores = likes.Length == 0 ? _set.Popularity() : _set.Score(part, Profile.Of(user, likes, part.HalfLife));
            ModelSet.Standardize(scores);
            Cholesky.AddScaled((float)part.Weight, scores, sum);
        }

        _set.FillCold(sum, likes);
        return sum;
    }

    private int[] Likes(int user) => Profile.Of(Table, user, double.PositiveInfinity).Items;

    private int Find(string item)
    {
        ArgumentException.ThrowIfNullOrEmpty(item);
        int number = Table.FindItem(item);
        if (number >= 0) return number;
        if (_titles is null) throw new ArgumentException($"there is no item \"{item}\"; spelt most alike: {string.Join(", ", NearestNames(item))}");
        int[] called = [.. Enumerable.Range(0, Items.Count).Where(i => _titles[i].Equals(item, StringComparison.OrdinalIgnoreCase))];
        return called.Length switch
        {
            1 => called[0],
            0 => throw new ArgumentException($"there is no item \"{item}\", nor one of that title; spelt most alike: {string.Join(", ", Spelling.Nearest(_titles, item, 3))}"),
            _ => throw new ArgumentException($"{called.Length} items have the title \"{item}\": {string.Join(", ", called.Take(5).Select(i => Items[i]))}{(called.Length > 5 ? ", …" : "")}"),
        };
    }

    private IReadOnlyList<Recommendation> List(int user, int[] likes, ReadOnlySpan<int> seen, RecommendOptions options)
    {
        options.Check();
        float[] scores = Scores(user, likes);
        return [.. Pick(scores, seen, options).Select(i => new Recommendation(Items[i], scores[i], Why(user, likes, i)))];
    }
}
