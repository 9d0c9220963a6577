using Kindred.Learning.Pairs;
using Kindred.Learning.Tests.Anomalies;

namespace Kindred.Learning.Tests.Pairs;

public class PairSearchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, int> Shapes => new() { { 2, 3, 1 }, { 17, 5, 10 }, { 65, 8, 50 }, { 130, 33, 5000 }, { 700, 20, 300 } };

    [Theory, MemberData(nameof(Shapes))]
    public void Within_are_the_best_pairs_of_the_whole_matrix(int n, int d, int pairs)
    {
        var rows = AnomalyData.Normal(n, d, n);
        var all = (from i in Enumerable.Range(0, n) from j in Enumerable.Range(i + 1, n - i - 1) select (A: i, B: j, Score: DoublePrecision.Cosine(rows[i], rows[j]))).OrderByDescending(p => p.Score).Take(pairs).ToList();
        var found = PairSearch.Within(rows, pairs, cancel: Cancel);
        Assert.Equal(all.Count, found.Count);
        for (int i = 0; i < all.Count; i++) Assert.Equal(all[i].Score, found[i].Score, 1e-5);
        Assert.All(found, p => Assert.Equal(DoublePrecision.Cosine(rows[p.A], rows[p.B]), p.Score, 1e-5));
        Assert.All(found, p => Assert.True(p.A < p.B));
        Assert.Equal(found.Count, found.DistinctBy(p => (p.A, p.B)).Count());
        double least = all[all.Count / 2].Score + 1e-4;
        Assert.Equal(all.Count(p => p.Score >= least), PairSearch.Within(rows, pairs, least, cancel: Cancel).Count, tolerance: 1);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Best_of_are_the_best_rows_of_the_other_list(int n, int d, int k)
    {
        var (a, b) = (AnomalyData.Normal(n, d, 1), AnomalyData.Normal(n + 9, d, 2));
        foreach (bool margin in new[] { false, true })
        {
            double[,] scores = Scores(a, b, margin);
            var found = PairSearch.BestOf(a, b, k, new PairOptions { Margin = margin }, cancel: Cancel);
            int most = Math.Min(k, b.Length);
            Assert.Equal(n * most, found.Count);
            for (int i = 0; i < n; i++)
            {
                double[] best = [.. Enumerable.Range(0, b.Length).Select(j => scores[i, j]).OrderDescending().Take(most)];
                for (int h = 0; h < most; h++)
                {
                    var pair = found[(i * most) + h];
                    Assert.Equal(i, pair.A);
                    Assert.Equal(best[h], pair.Score, 1e-5);
                    Assert.Equal(scores[i, pair.B], pair.Score, 1e-5);
                }
            }
        }
    }

    [Theory]
    [InlineData(60, 40, false)]
    [InlineData(40, 60, true)]
    [InlineData(1, 30, false)]
    [InlineData(50, 50, true)]
    public void One_to_one_has_the_largest_sum(int n, int m, bool margin)
    {
        var (a, b) = (AnomalyData.Normal(n, 6, 3), AnomalyData.Normal(m, 6, 4));
        double[,] scores = Scores(a, b, margin);
        var found = PairSearch.OneToOne(a, b, new PairOptions { Margin = margin }, cancel: Cancel);
        Assert.Equal(Math.Min(n, m), found.Count);
        Assert.Equal(found.Count, found.Select(p => p.A).Distinct().Count());
        Assert.Equal(found.Count, found.Select(p => p.B).Distinct().Count());
        Assert.All(found, p => Assert.Equal(scores[p.A, p.B], p.Score, 1e-5));

        // no exchange of two partners, and no free row instead of a partner, gives more
        foreach (var p in found)
        {
            Assert.All(found, q => Assert.True(scores[p.A, p.B] + scores[q.A, q.B] >= scores[p.A, q.B] + scores[q.A, p.B] - 1e-5));
            Assert.All(Enumerable.Range(0, m).Except(found.Select(q => q.B)), j => Assert.True(scores[p.A, p.B] >= scores[p.A, j] - 1e-5));
        }

        const double least = 0.4;
        var few = PairSearch.OneToOne(a, b, new PairOptions { Margin = margin, Minimum = least }, cancel: Cancel);
        Assert.All(few, p => Assert.True(p.Score >= least));
        Assert.All(few, p => Assert.All(few, q => Assert.True(scores[p.A, p.B] + scores[q.A, q.B] >= Math.Max(least, scores[p.A, q.B]) + Math.Max(least, scores[q.A, p.B]) - 1e-5)));
    }

    /// <summary>What more rows than the exact way takes are paired by: with the limit set to nothing, against the same done by hand, and against the largest sum.</summary>
    [Theory]
    [InlineData(30, 20, false)]
    [InlineData(20, 30, true)]
    [InlineData(300, 260, false)]
    public void One_to_one_of_many_rows_takes_the_best_pair_left(int n, int m, bool margin)
    {
        var (a, b) = (AnomalyData.Normal(n, 6, 5), AnomalyData.Normal(m, 6, 6));
        double[,] scores = Scores(a, b, margin);
        var found = PairSearch.OneToOne(a, b, new PairOptions { Margin = margin, MostCells = 0 }, cancel: Cancel);
        Assert.Equal(found.Count, found.Select(p => p.A).Distinct().Count());
        Assert.Equal(found.Count, found.Select(p => p.B).Distinct().Count());
        Assert.Equal(found.OrderBy(p => p.A), found);
        Assert.All(found, p => Assert.Equal(scores[p.A, p.B], p.Score, 1e-5));
        double best = PairSearch.OneToOne(a, b, new PairOptions { Margin = margin }, cancel: Cancel).Sum(p => p.Score);
        Assert.InRange(found.Sum(p => p.Score), best * 0.9, best + 1e-4);

        // up to 32 rows every pair is looked at; beyond, the best 32 of each row
        HashSet<int> takenA = [], takenB = [];
        var left = from i in Enumerable.Range(0, n) from j in Enumerable.Range(0, m) orderby scores[i, j] descending select (i, j);
        var expected = left.Where(p => !takenA.Contains(p.i) && !takenB.Contains(p.j) && takenA.Add(p.i) && takenB.Add(p.j)).OrderBy(p => p.i).ToList();
        if (m <= 32 && n <= 32) Assert.Equal(expected, found.Select(p => (p.A, p.B)));
        else Assert.InRange(found.Count, m * 9 / 10, m);
    }

    [Fact]
    public void Equal_rows_do_not_fill_the_memory()
    {
        var rows = Enumerable.Repeat(new ReadOnlyMemory<float>([3, 4]), 5000).ToList();
        var found = PairSearch.Within(rows, 7, cancel: Cancel);
        Assert.Equal([(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (0, 7)], found.Select(p => (p.A, p.B)));
        Assert.All(found, p => Assert.Equal(1, p.Score, 1e-6));
        Assert.Equal(5000, PairSearch.OneToOne(rows, rows, cancel: Cancel).Count);
    }

    [Fact]
    public void Edges_and_wrong_input()
    {
        ReadOnlyMemory<float>[] one = [new float[] { 1, 0 }], zero = [new float[] { 0, 0 }], other = [new float[] { 1, 2, 3 }];
        Assert.Empty(PairSearch.Within(one, 5, cancel: Cancel));
        Assert.Equal(0, PairSearch.BestOf(one, zero, 3, cancel: Cancel)[0].Score);
        Assert.Contains("components", Assert.Throws<ArgumentException>(() => PairSearch.BestOf(one, other, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PairSearch.OneToOne(one, [], cancel: Cancel));
        Assert.Throws<ArgumentException>(() => PairSearch.Within([new float[] { float.NaN }], 1, cancel: Cancel));
        Assert.Throws<ArgumentException>(() => PairSearch.BestOf(one, one, 1, new PairOptions { Minimum = double.NaN }, cancel: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairSearch.Within(one, 0, cancel: Cancel));
        Assert.Throws<OperationCanceledException>(() => PairSearch.Within(one, 1, cancel: new CancellationToken(true)));
    }

    /// <summary>In double precision, by the formula of the margin.</summary>
    private static double[,] Scores(ReadOnlyMemory<float>[] a, ReadOnlyMemory<float>[] b, bool margin)
    {
        double[,] scores = new double[a.Length, b.Length];
        for (int i = 0; i < a.Length; i++)
            for (int j = 0; j < b.Length; j++) scores[i, j] = DoublePrecision.Cosine(a[i], b[j]);
        if (!margin) return scores;
        double[] ofA = [.. Enumerable.Range(0, a.Length).Select(i => Enumerable.Range(0, b.Length).Select(j => scores[i, j]).OrderDescending().Take(4).Average())];
        double[] ofB = [.. Enumerable.Range(0, b.Length).Select(j => Enumerable.Range(0, a.Length).Select(i => scores[i, j]).OrderDescending().Take(4).Average())];
        for (int i = 0; i < a.Length; i++)
            for (int j = 0; j < b.Length; j++) scores[i, j] -= (ofA[i] + ofB[j]) / 2;
        return scores;
    }
}
