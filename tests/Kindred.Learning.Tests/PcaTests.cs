using Kindred.Learning.Reduction;
using MathNet.Numerics.LinearAlgebra;

namespace Kindred.Learning.Tests;

public class PcaTests
{
    [Fact]
    public void The_projection_equals_MathNets_singular_vectors()
    {
        var random = new Random(5);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 80).Select(_ =>
        {
            double a = random.NextDouble() * 6, b = random.NextDouble() * 2;
            return new ReadOnlyMemory<float>([.. Enumerable.Range(0, 12).Select(j => (float)((a * Math.Sin(j)) + (b * Math.Cos(3 * j)) + (random.NextDouble() * 0.1)))]);
        })];
        var matrix = Matrix<double>.Build.Dense(80, 12, (i, j) => rows[i].Span[j]);
        var means = matrix.ColumnSums() / 80;
        var svd = Matrix<double>.Build.Dense(80, 12, (i, j) => matrix[i, j] - means[j]).Svd();

        float[][] projected = Pca.Project(rows, 2, TestContext.Current.CancellationToken);

        for (int c = 0; c < 2; c++)
        {
            var ours = Vector<double>.Build.Dense(80, i => projected[i][c]);
            var theirs = svd.U.Column(c) * svd.S[c];
            Assert.True(Math.Min((ours - theirs).L2Norm(), (ours + theirs).L2Norm()) < 1e-3 * svd.S[c]);
        }
    }

    [Fact]
    public void Equal_rows_and_a_single_row_give_zeros_not_NaN()
    {
        foreach (int n in new[] { 1, 300 })
        {
            float[][] projected = Pca.Project([.. Enumerable.Repeat(new ReadOnlyMemory<float>([1f, 2f, 3f]), n)], 2, TestContext.Current.CancellationToken);
            Assert.All(projected, p => Assert.Equal([0f, 0f], p));
        }
    }

    [Fact]
    public void Points_on_a_line_have_no_second_direction()
    {
        float[][] projected = Pca.Project([.. Enumerable.Range(0, 20).Select(i => new ReadOnlyMemory<float>([i, 2 * i, -i]))], 2, TestContext.Current.CancellationToken);
        Assert.All(projected, p => Assert.Equal(0, p[1], 1e-3f));
    }

    [Fact]
    public void Ragged_rows_are_refused() =>
        Assert.Throws<ArgumentException>(() => Pca.Project([new float[] { 1, 2 }, new float[] { 1 }], 1, TestContext.Current.CancellationToken));
}
