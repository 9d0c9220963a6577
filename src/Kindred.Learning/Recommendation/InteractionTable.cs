namespace Kindred.Learning.Recommendation;

/// <summary>Who took what, and when: the events of each user from the oldest to the latest, one an item. Unchanging; any thread may read it.</summary>
public sealed class InteractionTable
{
    private readonly Dictionary<string, int> _userOf;
    private readonly Dictionary<string, int> _itemOf;

    internal InteractionTable(string[] users, string[] items, int[] starts, int[] itemOfEvent, float[] weights, double[]? times, int duplicates)
    {
        (Users, Items, Starts, ItemOfEvent, Weights, Times, Duplicates) = (users, items, starts, itemOfEvent, weights, times, duplicates);
        _userOf = Index(users);
        _itemOf = Index(items);
    }

    /// <summary>The users' names, in the order of their first event.</summary>
    public IReadOnlyList<string> Users { get; }

    /// <summary>The items' names, in the order of their first event; items that are known by their content alone come last.</summary>
    public IReadOnlyList<string> Items { get; }

    /// <summary>How many events are kept: one a pair of user and item.</summary>
    public int Count => ItemOfEvent.Length;

    /// <summary>How many events repeated a pair of user and item; of each pair the latest is kept.</summary>
    public int Duplicates { get; }

    /// <summary>Whether events have times, so that their order says something.</summary>
    public bool HasTimes => Times is not null;

    /// <summary>Where each user's events begin; one more for the end.</summary>
    internal int[] Starts { get; }

    internal int[] ItemOfEvent { get; }

    /// <summary>1 for an item that was liked, 0 for one that was only seen.</summary>
    internal float[] Weights { get; }

    internal double[]? Times { get; }

    /// <summary>Puts events in order.</summary>
    /// <param name="events">In any order; where times are equal or unknown, a later event counts as later.</param>
    /// <param name="likedFrom">Items rated below are seen, and so never recommended again, but say nothing about the user's taste.</param>
    /// <exception cref="ArgumentException">There is no event; a name is empty; a number is not finite; only some events have a time; or there are more than fit.</exception>
    public static InteractionTable From(IEnumerable<Interaction> events, double likedFrom = double.NegativeInfinity)
    {
        ArgumentNullException.ThrowIfNull(events);
        Dictionary<string, int> userOf = new(StringComparer.Ordinal), itemOf = new(StringComparer.Ordinal);
        var latest = new Dictionary<(int User, int Item), (long Row, float Weight, double Time)>();
        long row = 0, timed = 0;
        foreach (var e in events)
        {
            if (string.IsNullOrEmpty(e.User) || string.IsNullOrEmpty(e.Item)) throw new ArgumentException($"Event {row + 1} has no {(string.IsNullOrEmpty(e.User) ? "user" : "item")}.", nameof(events));
            if (!double.IsFinite(e.Rating) || !double.IsFinite(e.Time ?? 0)) throw new ArgumentException($"Event {row + 1} has a number that is not finite.", nameof(events));
            var pair = (Number(userOf, e.User), Number(itemOf, e.Item));
            if (e.Time is not null) timed++;
            double time = e.Time ?? 0;
            if (!latest.TryGetValue(pair, out var before) || time >= before.Time) latest[pair] = (row, e.Rating >= likedFrom ? 1 : 0, time);
            row++;
        }

        if (row == 0) throw new ArgumentException("There are no events.", nameof(events));
        if (timed != 0 && timed != row) throw new ArgumentException($"{timed} of {row} events have a time: either all have one or none.", nameof(events));
        if (row - latest.Count > int.MaxValue) throw new ArgumentException("There are more events than can be counted.", nameof(events));
        var ordered = latest.OrderBy(e => e.Key.User).ThenBy(e => e.Value.Time).ThenBy(e => e.Value.Row).ToArray();
        int[] starts = new int[userOf.Count + 1];
        foreach (var e in ordered) starts[e.Key.User + 1]++;
        for (int u = 0; u < userOf.Count; u++) starts[u + 1] += starts[u];
        return new([.. userOf.Keys], [.. itemOf.Keys], starts, [.. ordered.Select(e => e.Key.Item)], [.. ordered.Select(e => e.Value.Weight)],
            timed == 0 ? null : [.. ordered.Select(e => e.Value.Time)], (int)(row - latest.Count));
    }

    /// <summary>Holds back the last events of each user, by time; without times, the last ones as they came.</summary>
    /// <param name="share">The part to hold back, above 0 and below 1; of n events it is the whole part of share·n.</param>
    /// <returns>Two tables with the same users and items in the same order.</returns>
    public (InteractionTable Earlier, InteractionTable Later) Split(double share = 0.2)
    {
        if (!(share is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "The share is above 0 and below 1.");
        // 1e-9: a fifth of 15 is 3, whatever the last bit of the product says
        return (Part(u => (0, Cut(u))), Part(u => (Cut(u), Starts[u + 1] - Starts[u])));

        int Cut(int u) => Starts[u + 1] - Starts[u] - (int)Math.Floor(((Starts[u + 1] - Starts[u]) * share) + 1e-9);
    }

    /// <summary>The events of a user, oldest first.</summary>
    internal ReadOnlySpan<int> ItemsOf(int user) => ItemOfEvent.AsSpan(Starts[user]..Starts[user + 1]);

    internal ReadOnlySpan<float> WeightsOf(int user) => Weights.AsSpan(Starts[user]..Starts[user + 1]);

    internal int FindUser(string name) => _userOf.GetValueOrDefault(name, -1);

    internal int FindItem(string name) => _itemOf.GetValueOrDefault(name, -1);

    /// <summary>The same events with further items, which nobody has taken yet.</summary>
    internal InteractionTable WithItems(IEnumerable<string> names) =>
        new([.. Users], [.. Items, .. names.Where(n => FindItem(n) < 0).Distinct(StringComparer.Ordinal)], Starts, ItemOfEvent, Weights, Times, Duplicates);

    private InteractionTable Part(Func<int, (int From, int To)> range)
    {
        int[] starts = new int[Users.Count + 1];
        var kept = new List<int>();
        for (int u = 0; u < Users.Count; u++)
        {
            var (from, to) = range(u);
            for (int e = from; e < to; e++) kept.Add(Starts[u] + e);
            starts[u + 1] = kept.Count;
        }

        return new([.. Users], [.. Items], starts, [.. kept.Select(e => ItemOfEvent[e])], [.. kept.Select(e => Weights[e])], Times is null ? null : [.. kept.Select(e => Times[e])], 0);
    }

    private static int Number(Dictionary<string, int> numbers, string name)
    {
        if (!numbers.TryGetValue(name, out int number)) numbers.Add(name, number = numbers.Count);
        return number;
    }

    private static Dictionary<string, int> Index(string[] names)
    {
        var index = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++) index.Add(names[i], i);
        return index;
    }
}
