using Kindred.Learning.Anomalies;
using MathNet.Numerics.LinearAlgebra;

namespace Kindred.Learning.Tests.Anomalies;

/// <summary>Each detector against scikit-learn 1.2.1, or against its definition written out.</summary>
public class ScorerTests
{
    private static Rows Golden
    {
        get
        {
            float[] values = AnomalyData.Uniform(240);
            values.AsSpan(237).Fill(3);
            return new Rows(values, 3);
        }
    }

    [Fact]
    public void Lof_is_that_of_scikit_learn()
    {
        var lof = new LofScorer(Golden, 20, TestContext.Current.CancellationToken);
        foreach (var (row, expected) in new[] { (0, 0.97335), (1, 0.997309), (40, 1.029498), (79, 8.130165) }) Assert.Equal(expected, lof.Score(Golden[row]), 2e-5);
        Assert.Equal(0.92375135, lof.Score([0.5f, 0.5f, 0.5f]), 2e-5);
        Assert.Equal(2.77212071, lof.Score([2f, 0f, 1f]), 2e-5);
    }

    [Fact]
    public void Mahalanobis_shrinks_as_scikit_learn_does()
    {
        var rows = Golden;
        double[,] mix = { { 1, 0.5, 0 }, { 0, 1, 0.2 }, { 0, 0, 0.1 } };
        float[] mixed = new float[240];
        for (int i = 0; i < 80; i++)
            for (int j = 0; j < 3; j++) mixed[(3 * i) + j] = (float)Enumerable.Range(0, 3).Sum(k => rows[i][k] * mix[k, j]);
        rows = new Rows(mixed, 3);
        Assert.Equal(0.61836481, Covariance.LedoitWolf(rows, 3).Shrinkage, 1e-6);
        var scorer = new MahalanobisScorer(rows);
        foreach (var (row, expected) in new[] { (0, 0.52127722), (1, 1.14758725), (40, 1.19133884), (79, 8.97398892) }) Assert.Equal(expected, scorer.Score(rows[row]), 1e-4);
    }

    [Fact]
    public void Mahalanobis_held_out_is_what_a_fit_without_the_row_gives()
    {
        var rows = new Rows([.. AnomalyData.Normal(400, 8, 3).SelectMany(r => r.ToArray().Select((x, j) => x * (j + 1)))], 8);
        var all = new MahalanobisScorer(rows);
        foreach (int left in new[] { 0, 17, 399 })
        {
            var others = new Rows([.. rows.Values[..(left * 8)], .. rows.Values[((left + 1) * 8)..]], 8);
            Assert.Equal(new MahalanobisScorer(others).Score(rows[left]), all.HeldOut(left), 0.01);
        }
    }

    [Fact]
    public void The_largest_residual_is_that_of_regressions_on_the_other_columns()
    {
        const int n = 200, d = 4;
        var random = new Random(2);
        float[] values = new float[n * d];
        for (int i = 0; i < n; i++)
        {
            double shared = AnomalyData.Gauss(random);
            for (int j = 0; j < d; j++) values[(i * d) + j] = (float)(shared + (AnomalyData.Gauss(random) * (j + 1) / 2));
        }

        var rows = new Rows(values, d);
        var covariance = Covariance.Shrunk(rows, d, 0);
        var matrix = Matrix<double>.Build.Dense(n, d, (i, j) => values[(i * d) + j]);
        var centred = matrix - Matrix<double>.Build.Dense(n, d, (_, j) => matrix.Column(j).Average());
        double[] largest = new double[n];
        for (int j = 0; j < d; j++)
        {
            var others = Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, d).Where(k => k != j).Select(centred.Column));
            var residual = centred.Column(j) - (others * others.QR().Solve(centred.Column(j)));
            double deviation = Math.Sqrt(residual.DotProduct(residual) / n);
            for (int i = 0; i < n; i++) largest[i] = Math.Max(largest[i], Math.Abs(residual[i]) / deviation);
        }

        for (int i = 0; i < n; i++) Assert.Equal(largest[i], covariance.LargestResidual(rows[i]), 1e-3);
    }

    [Fact]
    public void The_kth_neighbour_is_that_of_a_sort_and_a_training_row_is_not_its_own()
    {
        var rows = Golden;
        var scorer = new NeighborScorer(rows, 10);
        for (int i = 0; i < rows.Count; i += 7)
        {
            float[] row = rows[i].ToArray();
            double expected = Enumerable.Range(0, rows.Count).Where(j => j != i).Select(j => Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(row[c] - rows[j][c], 2)))).Order().ElementAt(9);
            Assert.Equal(expected, scorer.Score(row), 1e-5);
            Assert.Equal(scorer.Score(row), scorer.HeldOut(i));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1.6666666667)]
    [InlineData(256, 10.2486899256)]
    public void The_mean_depth_of_a_tree(int n, double depth) => Assert.Equal(depth, IsolationForest.MeanDepth(n), 1e-9);

    [Fact]
    public void A_forest_of_pairs_has_closed_form_scores()
    {
        // two rows: each tree parts them at depth 1, or gives both depth 1 for a query beyond; c(2) = 1, so the score is 2^-1
        var forest = new IsolationForest(new Rows([0, 1], 1), trees: 10);
        Assert.Equal(0.5, forest.Score([0f]), 1e-12);
        Assert.Equal(0.5, forest.Score([7f]), 1e-12);

        // equal rows cannot be parted: the root is a leaf of depth 0 + c(n), the norm
        Assert.Equal(0.5, new IsolationForest(new Rows([4, 4, 4, 4], 1)).Score([4f]), 1e-12);
    }

    [Fact]
    public void A_forest_isolates_the_far_row_first()
    {
        var rows = Golden;
        var forest = new IsolationForest(rows);
        double far = forest.Score(rows[79]);
        Assert.All(Enumerable.Range(0, 79), i => Assert.True(forest.Score(rows[i]) < far));
        Assert.InRange(far, 0.7, 1);
    }

    [Fact]
    public void Ecod_is_its_definition()
    {
        var rows = Golden;
        var scorer = new EcodScorer(rows);
        for (int i = 0; i < 80; i++)
        {
            double left = 0, right = 0, skewed = 0;
            for (int j = 0; j < 3; j++)
            {
                double[] column = [.. Enumerable.Range(0, 80).Select(r => (double)rows[r][j])];
                double below = -Math.Log(column.Count(x => x <= rows[i][j]) / 80.0), above = -Math.Log(column.Count(x => x >= rows[i][j]) / 80.0);
                left += below;
                right += above;
                skewed += MathNet.Numerics.Statistics.Statistics.Skewness(column) < 0 ? below : above;
            }

            Assert.Equal(Math.Max(skewed, Math.Max(left, right)), scorer.Score(rows[i]), 1e-9);
        }
    }
}
