using Kindred.Learning.Recommendation;
using MathNet.Numerics.LinearAlgebra;

namespace Kindred.Learning.Tests.Recommendation;

/// <summary>The models against their own definitions, in double precision.</summary>
public class RecommenderModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(30, 12)]   // more users than items: by items
    [InlineData(12, 30)]   // fewer: by users
    [InlineData(90, 80)]   // more rows than the factor's block
    [InlineData(1, 1)]
    public void Ease_equals_its_formula(int users, int items)
    {
        var table = Random(users, items, 7);
        var x = Matrix<double>.Build.Dense(table.Users.Count, table.Items.Count, (u, i) => table.ItemsOf(u).Contains(i) ? 1 : 0);
        var p = ((x.Transpose() * x) + (Matrix<double>.Build.DenseIdentity(table.Items.Count) * 5)).Inverse();
        var b = Matrix<double>.Build.Dense(table.Items.Count, table.Items.Count, (i, j) => i == j ? 0 : -p[i, j] / p[j, j]);

        var model = EaseModel.Train(table, new ItemEvents(table), 5, Cancel);

        for (int u = 0; u < table.Users.Count; u++)
        {
            var profile = Profile.Of(table, u, 3);
            var weights = Vector<double>.Build.Dense(table.Items.Count);
            for (int n = 0; n < profile.Items.Length; n++) weights[profile.Items[n]] = profile.Weights[n];
            var expected = b.LeftMultiply(weights);
            float[] scores = new float[table.Items.Count];
            model.Score(profile, scores);
            for (int i = 0; i < scores.Length; i++) Assert.Equal(expected[i], scores[i], 1e-5);
        }

        for (int i = 0; i < table.Items.Count; i++)
            for (int j = 0; j < table.Items.Count; j++) Assert.Equal(b[i, j], model.Contribution(i, j), 1e-5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(24)]   // likes are fewer than factors: the short way
    public void Als_reaches_a_point_where_the_gradient_vanishes(int f)
    {
        const double lambda = 3, alpha = 2;
        var table = Random(25, 20, 3);
        var model = AlsModel.Train(table, new ItemEvents(table), f, lambda, alpha, 400, 1, Cancel);
        var y = Matrix<double>.Build.Dense(table.Items.Count, f, (i, k) => model.Vectors[(i * f) + k]);
        var users = Enumerable.Range(0, table.Users.Count).Select(u => Vector<double>.Build.Dense([.. model.VectorOf(Profile.Of(table, u, double.PositiveInfinity)).Select(v => (double)v)])).ToArray();

        // half the gradient of Σ c(p - xᵀy)² + λ|x|² + λ|y|², by users and by items
        for (int u = 0; u < users.Length; u++)
        {
            var gradient = users[u] * lambda;
            for (int i = 0; i < table.Items.Count; i++) gradient += Error(u, i) * y.Row(i);
            Assert.True(gradient.L2Norm() < 1e-3, $"user {u}: {gradient.L2Norm()}");
        }

        for (int i = 0; i < table.Items.Count; i++)
        {
            var gradient = y.Row(i) * lambda;
            for (int u = 0; u < users.Length; u++) gradient += Error(u, i) * users[u];
            Assert.True(gradient.L2Norm() < 1e-2, $"item {i}: {gradient.L2Norm()}");
        }

        double Error(int u, int i)
        {
            bool liked = table.ItemsOf(u).Contains(i);
            return (liked ? 1 + alpha : 1) * (users[u].DotProduct(y.Row(i)) - (liked ? 1 : 0));
        }
    }

    [Fact]
    public void Neighbors_without_order_are_counts_over_powers_of_popularity()
    {
        var table = Random(40, 15, 11);
        var events = new ItemEvents(table);
        var model = NeighborModel.Train("knn", table, events, double.PositiveInfinity, Cancel);
        for (int i = 0; i < table.Items.Count; i++)
        {
            for (int j = 0; j < table.Items.Count; j++)
            {
                int both = i == j ? 0 : Enumerable.Range(0, table.Users.Count).Count(u => table.ItemsOf(u).Contains(i) && table.ItemsOf(u).Contains(j));
                Assert.Equal(both / (Math.Sqrt(events.Count(i) + 1) * Math.Pow(events.Count(j) + 1, 0.3)), model.Contribution(i, j), 1e-5);
            }
        }
    }

    [Fact]
    public void In_a_sequence_the_next_item_is_nearer_than_the_one_before_and_those_far_away()
    {
        var table = InteractionTable.From(Enumerable.Range(0, 6).SelectMany(u => Enumerable.Range(0, 30).Select(i => new Interaction($"u{u}", $"i{i}", 1, i))));
        var model = NeighborModel.Train("sequence", table, new ItemEvents(table), 5, Cancel);
        Assert.Equal(11, model.NeighborsOf(10)[0]);
        Assert.Equal(Math.Exp(-0.2) * 6 / (Math.Sqrt(7) * Math.Pow(7, 0.3)), model.Contribution(10, 11), 1e-5);
        Assert.Equal(model.Contribution(10, 11) / 2, model.Contribution(10, 9), 1e-5);
        Assert.Equal(0, model.Contribution(0, 29));
    }

    [Fact]
    public void Bpr_and_item2vec_tell_two_circles_apart()
    {
        // even users like even items, odd ones odd items
        var random = new Random(4);
        var table = InteractionTable.From(Enumerable.Range(0, 40).SelectMany(u => Enumerable.Range(0, 20).Where(i => i % 2 == u % 2 && random.Next(10) < 7).Select(i => new Interaction($"u{u}", $"i{i}", 1, random.Next(1000)))));
        var events = new ItemEvents(table);
        foreach (IItemModel model in new IItemModel[] { BprModel.Train(table, events, 8, 100, 1, Cancel), Item2Vec.Train(table, events, 8, 60, 1, Cancel), AlsModel.Train(table, events, 4, 1, 4, 10, 1, Cancel) })
        {
            for (int u = 0; u < table.Users.Count; u++)
            {
                float[] scores = new float[table.Items.Count];
                model.Score(Profile.Of(table, u, double.PositiveInfinity), scores);
                bool Own(int i) => int.Parse(table.Items[i][1..], System.Globalization.CultureInfo.InvariantCulture) % 2 == int.Parse(table.Users[u][1..], System.Globalization.CultureInfo.InvariantCulture) % 2;
                double own = Enumerable.Range(0, scores.Length).Where(Own).Average(i => scores[i]), other = Enumerable.Range(0, scores.Length).Where(i => !Own(i)).Average(i => scores[i]);
                Assert.True(own > other, $"{model.GetType().Name}, {table.Users[u]}: {own} and {other}");
            }
        }
    }

    [Fact]
    public void Gains_by_hand()
    {
        // relevant at ranks 1 and 3 of three relevant ones: (1 + 1/2) / (1 + 1/log₂3 + 1/2)
        Assert.Equal(1.5 / (1.5 + (1 / Math.Log2(3))), Ranking.Ndcg([4, 9, 2], [4, 2, 7], 10), 1e-12);
        Assert.Equal(1, Ranking.Ndcg([4], [4], 10), 1e-12);
        Assert.Equal(0, Ranking.Ndcg([1, 2], [3], 10));
        Assert.Equal(0, Ranking.Ndcg([1, 3], [3], 1));
        Assert.Equal([3, 0, 2], Ranking.Top([2, 9, 1, 2.5f, float.NegativeInfinity], [1], 10));
        Assert.Equal([0, 1], Ranking.Top([1, 1, 1], [], 2));
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    [InlineData("flaw", "lawn", 2)]
    public void Letters_to_change(string a, string b, int expected) => Assert.Equal(expected, Spelling.Distance(a, b));

    private static InteractionTable Random(int users, int items, int seed)
    {
        var random = new Random(seed);
        return InteractionTable.From(Enumerable.Range(0, users).SelectMany(u => Enumerable.Range(0, items).Where(i => i == u % items || random.Next(3) == 0).OrderBy(_ => random.Next()).Select(i => new Interaction($"u{u}", $"i{i}", 1, 0))));
    }
}
