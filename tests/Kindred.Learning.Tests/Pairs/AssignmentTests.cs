using CsCheck;
using Kindred.Learning.Pairs;

namespace Kindred.Learning.Tests.Pairs;

public class AssignmentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_sum_is_that_of_the_best_of_all_permutations()
    {
        // few different weights as well, so that many sums are equal
        var weight = Gen.OneOf(Gen.Float[-10, 10], Gen.Int[-2, 2].Select(i => (float)i));
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7]).SelectMany((n, m) => weight.Array[n * m].Select(w => (n, m, w))).Sample((n, m, w) =>
        {
            int[] columnOf = Assignment.Solve(w, n, m);
            int[] used = [.. columnOf.Where(j => j >= 0)];
            Assert.Equal(n, columnOf.Length);
            Assert.Equal(Math.Min(n, m), used.Distinct().Count());
            Assert.Equal(used.Length, used.Distinct().Count());
            double sum = columnOf.Index().Where(p => p.Item >= 0).Sum(p => (double)w[(p.Index * m) + p.Item]);
            Assert.Equal(Best(w, n, m, 0, new bool[m], Math.Max(0, n - m)), sum, 1e-4);
        }, iter: 2000);
    }

    [Fact]
    public void Known_optimum_of_a_larger_one()
    {
        // weights −(i − p(j))²: the permutation itself is best, and any other is worse
        var random = new Random(2);
        const int n = 300;
        int[] p = [.. Enumerable.Range(0, n)];
        random.Shuffle(p);
        float[] w = new float[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) w[(i * n) + j] = -(float)((i - p[j]) * (i - p[j]));
        int[] columnOf = Assignment.Solve(w, n, n, cancel: Cancel);
        Assert.All(columnOf.Index(), c => Assert.Equal(c.Index, p[c.Item]));
    }

    [Fact]
    public void Of_equal_rows_the_first_gets_the_first_column()
    {
        Assert.Equal([0, 1, 2, 3], Assignment.Solve(Enumerable.Repeat(0.5f, 16).ToArray(), 4, 4, cancel: Cancel));
        Assert.Equal([2, 0, 1], Assignment.Solve([0, 0, 9, 5, 5, 0, 5, 5, 0], 3, 3, cancel: Cancel));
    }

    [Fact]
    public void Wrong_weights_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Assignment.Solve(new float[5], 2, 3, cancel: Cancel));
        Assert.Contains("row 1 and column 0", Assert.Throws<ArgumentException>(() => Assignment.Solve([1, 2, float.NaN, 3], 2, 2, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => Assignment.Solve([1f], 1, 1, cancel: new CancellationToken(true)));
    }

    /// <summary>All ways, where so many rows may stay alone.</summary>
    private static double Best(float[] w, int n, int m, int row, bool[] taken, int alone)
    {
        if (row == n) return 0;
        double best = alone > 0 ? Best(w, n, m, row + 1, taken, alone - 1) : double.NegativeInfinity;
        for (int j = 0; j < m; j++)
        {
            if (taken[j]) continue;
            taken[j] = true;
            best = Math.Max(best, w[(row * m) + j] + Best(w, n, m, row + 1, taken, alone));
            taken[j] = false;
        }

        return best;
    }
}
