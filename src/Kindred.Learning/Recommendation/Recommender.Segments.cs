using Kindred.Learning.Clustering;

namespace Kindred.Learning.Recommendation;

/// <content>Users in groups.</content>
public sealed partial class Recommender
{
    /// <summary>Groups users of like taste: k-means on the directions of their vectors.</summary>
    /// <param name="k">How many segments, 1 or more; 0 lets silhouette and gap choose (<see cref="ClusterCount"/>).</param>
    /// <param name="items">Items of a profile at most, 0 or more.</param>
    /// <param name="seed">Of the random choices.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The segments, the largest first. An item stands in a profile where at least two of the users took it, and more of them than of all; first those whose share is the most beyond chance (Pearson's residual).</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public IReadOnlyList<UserSegment> Segments(int k = 0, int items = 5, int seed = 1, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        ReadOnlyMemory<float>[] rows = [.. UserVectors().Select(RowMatrix.Unit)];
        if (k == 0) k = ClusterCount.Choose(rows, seed: seed, cancel: cancel).Best;
        var labels = KMeansClustering.Fit(rows, k, new KMeansOptions { Seed = seed }, cancel).Labels;
        double[] shares = Shares([.. Enumerable.Range(0, rows.Length)]);
        return [.. Enumerable.Range(0, rows.Length).GroupBy(u => labels[u]).OrderBy(g => g.Key).Select(g => new UserSegment(g.Key, [.. g.Select(u => Users[u])], Profile([.. g])))];

        IReadOnlyList<(string, double, double)> Profile(int[] users)
        {
            double[] own = Shares(users);
            return [.. Enumerable.Range(0, Items.Count)
                .Where(i => own[i] * users.Length > 1.5 && own[i] > shares[i])
                .OrderByDescending(i => (own[i] - shares[i]) / Math.Sqrt(shares[i])).ThenBy(i => i)
                .Take(items).Select(i => (Items[i], own[i], own[i] / shares[i]))];
        }
    }

    /// <summary>The share of some users that took each item.</summary>
    private double[] Shares(int[] users)
    {
        var shares = new double[Items.Count];
        foreach (int user in users)
            foreach (int item in Table.ItemsOf(user)) shares[item] += 1.0 / users.Length;
        return shares;
    }
}
