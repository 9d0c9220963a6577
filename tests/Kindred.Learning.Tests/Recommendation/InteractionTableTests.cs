using CsCheck;
using Kindred.Learning.Recommendation;

namespace Kindred.Learning.Tests.Recommendation;

public class InteractionTableTests
{
    [Fact]
    public void Of_a_repeated_pair_the_latest_counts()
    {
        var table = InteractionTable.From([new("a", "x", 1, 5), new("a", "y", 1, 2), new("b", "x", 1, 1), new("a", "x", 5, 1)], likedFrom: 3);
        Assert.Equal(3, table.Count);
        Assert.Equal(1, table.Duplicates);
        Assert.Equal(["a", "b"], table.Users);
        Assert.Equal(["x", "y"], table.Items);
        Assert.Equal([1, 0], table.ItemsOf(0).ToArray());
        Assert.Equal([0f, 0f], table.WeightsOf(0).ToArray());   // the earlier five stars do not count
    }

    [Fact]
    public void The_last_fifth_of_each_user_is_held_back() => Gen.Select(Gen.Int[0, 5], Gen.Int[0, 12], Gen.Int[0, 3]).Array[1, 80].Sample(rows =>
    {
        var table = InteractionTable.From(rows.Select(r => new Interaction($"u{r.Item1}", $"i{r.Item2}", 1, r.Item3)));
        var (earlier, later) = table.Split();
        Assert.Equal(table.Count, earlier.Count + later.Count);
        for (int u = 0; u < table.Users.Count; u++)
        {
            Assert.Equal(table.ItemsOf(u).Length / 5, later.ItemsOf(u).Length);
            int[] both = [.. earlier.ItemsOf(u), .. later.ItemsOf(u)];
            Assert.Equal(table.ItemsOf(u).ToArray(), both);
        }

        double[] times = table.Times!;
        for (int u = 0; u < table.Users.Count; u++)
            for (int e = table.Starts[u] + 1; e < table.Starts[u + 1]; e++) Assert.True(times[e - 1] <= times[e]);
    });

    [Fact]
    public void What_cannot_be_a_table_is_refused()
    {
        Assert.Contains("no events", Refused([]), StringComparison.Ordinal);
        Assert.Contains("Event 2 has no item", Refused([new("a", "x"), new("a", "")]), StringComparison.Ordinal);
        Assert.Contains("Event 1 has no user", Refused([new("", "x")]), StringComparison.Ordinal);
        Assert.Contains("not finite", Refused([new("a", "x", double.NaN)]), StringComparison.Ordinal);
        Assert.Contains("not finite", Refused([new("a", "x", 1, double.PositiveInfinity)]), StringComparison.Ordinal);
        Assert.Contains("1 of 2 events have a time", Refused([new("a", "x", 1, 3), new("a", "y")]), StringComparison.Ordinal);

        static string Refused(Interaction[] events) => Assert.Throws<ArgumentException>(() => InteractionTable.From(events)).Message;
    }
}
