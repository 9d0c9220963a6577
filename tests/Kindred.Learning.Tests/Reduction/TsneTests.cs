using Kindred.Learning.Reduction;

namespace Kindred.Learning.Tests.Reduction;

public class TsneTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_gradient_is_that_of_the_divergence()
    {
        var random = new Random(2);
        var likeness = Tsne.Likenesses(Rows(random, 25, 4), 6, Cancel);
        Assert.Equal(1, likeness.Sum(row => row.Sum(pair => pair.P)), 1e-9);
        double[] at = [.. Enumerable.Range(0, 50).Select(_ => random.NextDouble() * 3)], force = new double[50];
        Tsne.Gradient(likeness, at, 1, theta: 0, force);
        for (int i = 0; i < at.Length; i++)
        {
            double before = at[i];
            at[i] = before + 1e-5;
            double up = Divergence(likeness, at);
            at[i] = before - 1e-5;
            double down = Divergence(likeness, at);
            at[i] = before;
            Assert.Equal((up - down) / 2e-5, force[i], 1e-6);
        }

        // cells change it little
        double[] near = new double[50];
        Tsne.Gradient(likeness, at, 1, theta: 0.5, near);
        Assert.InRange(Math.Sqrt(near.Zip(force, (x, y) => (x - y) * (x - y)).Sum() / force.Sum(x => x * x)), 1e-9, 0.1);
    }

    [Fact]
    public void Likenesses_have_the_perplexity()
    {
        // among all others in equal distance each of k has the weight 1/k; the perplexity of a row is e^entropy
        var rows = Rows(new Random(4), 40, 6);
        var likeness = Tsne.Likenesses(rows, 13, Cancel);
        foreach (var row in likeness)
            foreach (var (j, p) in row) Assert.Equal(p, likeness[j].Single(pair => pair.Row == Array.IndexOf(likeness, row)).P, 1e-12);

        // the row's own weights, found again by a search over a grid in place of halving
        double[] squares = [.. rows.Skip(1).Select(row => row.Span.ToArray().Zip(rows[0].Span.ToArray(), (x, y) => ((double)x - y) * ((double)x - y)).Sum())];
        double beta = Enumerable.Range(1, 40_000).Select(i => i / 1000.0).MinBy(b => Math.Abs(Perplexity(squares, b) - 13));
        Assert.Equal(13, Perplexity(squares, beta), 0.01);
        double[] own = Weights(squares, beta);
        Assert.All(likeness[0], pair => Assert.True(pair.P > (own[pair.Row - 1] / 80) - 1e-4));
    }

    [Fact]
    public void Groups_stay_together_and_the_picture_is_the_same_again()
    {
        var random = new Random(6);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 240).Select(i => new ReadOnlyMemory<float>([.. Enumerable.Range(0, 12).Select(j => (float)random.NextDouble() + (j == i % 6 ? 3 : 0))]))];
        for (int i = 200; i < 230; i++) rows[i] = rows[5];   // many that are equal
        var places = Tsne.Project(rows, new TsneOptions { Perplexity = 15, Iterations = 400 }, cancel: Cancel);
        Assert.Equal(places, Tsne.Project(rows, new TsneOptions { Perplexity = 15, Iterations = 400 }, cancel: Cancel));
        Assert.All(places, p => Assert.True(float.IsFinite(p[0]) && float.IsFinite(p[1])));
        int together = Enumerable.Range(0, 200).Count(i => Enumerable.Range(0, 200).Where(j => j != i).MinBy(j => Far(places[i], places[j])) % 6 == i % 6);
        Assert.InRange(together, 198, 200);
    }

    [Fact]
    public void A_few_rows_and_equal_rows_have_places()
    {
        Assert.Single(Tsne.Project([new float[] { 1, 2, 3 }], cancel: Cancel));
        Assert.Equal(3, Tsne.Project([new float[] { 1 }, new float[] { 1 }, new float[] { 2 }], cancel: Cancel).Length);
        var same = Tsne.Project([.. Enumerable.Repeat(new ReadOnlyMemory<float>([3, 4]), 20)], new TsneOptions { Iterations = 60 }, cancel: Cancel);
        Assert.All(same, p => Assert.True(float.IsFinite(p[0]) && float.IsFinite(p[1])));
        Assert.Throws<ArgumentException>(() => Tsne.Project([], cancel: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tsne.Project([new float[] { 1 }], new TsneOptions { Perplexity = 0 }, cancel: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tsne.Project([new float[] { 1 }], new TsneOptions { Theta = 1 }, cancel: Cancel));
    }

    private static double Divergence((int Row, double P)[][] likeness, double[] at)
    {
        int n = likeness.Length;
        double Near(int i, int j) => 1 / (1 + Math.Pow(at[2 * i] - at[2 * j], 2) + Math.Pow(at[(2 * i) + 1] - at[(2 * j) + 1], 2));
        double all = Enumerable.Range(0, n).Sum(i => Enumerable.Range(0, n).Where(j => j != i).Sum(j => Near(i, j)));
        return Enumerable.Range(0, n).Sum(i => likeness[i].Sum(pair => pair.P * Math.Log(pair.P / (Near(i, pair.Row) / all))));
    }

    private static double[] Weights(double[] squares, double beta)
    {
        double[] weights = [.. squares.Select(s => Math.Exp(-beta * s))];
        return [.. weights.Select(w => w / weights.Sum())];
    }

    private static double Perplexity(double[] squares, double beta) => Math.Exp(-Weights(squares, beta).Where(p => p > 0).Sum(p => p * Math.Log(p)));

    private static IReadOnlyList<ReadOnlyMemory<float>> Rows(Random random, int n, int d) =>
        [.. Enumerable.Range(0, n).Select(_ => new ReadOnlyMemory<float>([.. Enumerable.Range(0, d).Select(_ => (float)random.NextDouble())]))];

    private static double Far(float[] a, float[] b) => Math.Pow(a[0] - b[0], 2) + Math.Pow(a[1] - b[1], 2);
}
