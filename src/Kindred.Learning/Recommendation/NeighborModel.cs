using Kindred.Vectors.Files;

namespace Kindred.Learning.Recommendation;

/// <summary>
/// Items that the same users liked (item-based nearest neighbours, Sarwar et al. 2001), counted alike or, where order is known, the more the nearer in the
/// user's order the two were, and the later one more. The count is divided by powers of both items' popularity.
/// </summary>
internal sealed class NeighborModel : IItemModel
{
    /// <summary>Kept neighbours an item.</summary>
    public const int Kept = 200;

    /// <summary>Two events farther apart than this in a user's order are not counted together: it bounds the work for a user of very many events.</summary>
    private const int Farthest = 2000;

    private readonly string _name;
    private readonly int[] _starts;
    private readonly int[] _items;
    private readonly float[] _weights;

    public NeighborModel(string name, int[] starts, int[] items, float[] weights) => (_name, _starts, _items, _weights) = (name, starts, items, weights);

    /// <param name="name">What its arrays are called in a file.</param>
    /// <param name="table">The events.</param>
    /// <param name="events">The same, seen from the items.</param>
    /// <param name="reach">After how many events the weight of a pair falls to 1/e; infinity counts all pairs alike, in both directions.</param>
    /// <param name="cancel">Stops the work.</param>
    public static NeighborModel Train(string name, InteractionTable table, ItemEvents events, double reach, CancellationToken cancel = default)
    {
        int count = table.Items.Count;
        int farthest = (int)Math.Min(Farthest, 4 * reach);
        float[] fade = [.. Enumerable.Range(0, farthest + 1).Select(gap => (float)Math.Exp(-gap / reach))];
        float backward = double.IsPositiveInfinity(reach) ? 1 : 0.5f;
        var rows = new (int Item, float Weight)[count][];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel }, () => (Sums: new float[count], Touched: new List<int>()), (item, _, work) =>
        {
            for (int at = events.Starts[item]; at < events.Starts[item + 1]; at++)
            {
                int user = events.Users[at], e = events.Events[at];
                int from = Math.Max(table.Starts[user], e - farthest), to = Math.Min(table.Starts[user + 1] - 1, e + farthest);
                for (int other = from; other <= to; other++)
                {
                    if (other == e || table.Weights[other] == 0) continue;
                    int j = table.ItemOfEvent[other];
                    if (work.Sums[j] == 0) work.Touched.Add(j);
                    work.Sums[j] += other > e ? fade[other - e] : backward * fade[e - other];
                }
            }

            double own = Math.Sqrt(events.Count(item) + 1);
            var row = new (int Item, float Weight)[work.Touched.Count];
            for (int t = 0; t < row.Length; t++)
            {
                int j = work.Touched[t];
                row[t] = (j, (float)(work.Sums[j] / (own * Math.Pow(events.Count(j) + 1, 0.3))));
                work.Sums[j] = 0;
            }

            work.Touched.Clear();
            Array.Sort(row, (a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Item.CompareTo(b.Item));
            rows[item] = row.Length > Kept ? row[..Kept] : row;
            return work;
        }, _ => { });
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) starts[i + 1] = checked(starts[i] + rows[i].Length);
        return new(name, starts, [.. rows.SelectMany(r => r.Select(n => n.Item))], [.. rows.SelectMany(r => r.Select(n => n.Weight))]);
    }

    /// <summary>An item's neighbours, nearest first.</summary>
    public ReadOnlySpan<int> NeighborsOf(int item) => _items.AsSpan(_starts[item]..(_starts[item + 1]));

    public ReadOnlySpan<float> WeightsOf(int item) => _weights.AsSpan(_starts[item]..(_starts[item + 1]));

    public void Score(in Profile profile, Span<float> scores)
    {
        scores.Clear();
        for (int p = 0; p < profile.Items.Length; p++)
        {
            float weight = profile.Weights[p];
            for (int at = _starts[profile.Items[p]], end = _starts[profile.Items[p] + 1]; at < end; at++) scores[_items[at]] += weight * _weights[at];
        }
    }

    public float Contribution(int liked, int item)
    {
        int at = NeighborsOf(liked).IndexOf(item);
        return at < 0 ? 0 : WeightsOf(liked)[at];
    }

    public IEnumerable<SafetensorsTensor> Tensors() => [new($"{_name}.starts", _starts), new($"{_name}.items", _items), new($"{_name}.weights", _weights)];
}
