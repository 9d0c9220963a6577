using CsCheck;
using Kindred.Learning.Evaluation;

namespace Kindred.Learning.Tests.Evaluation;

public class ClusteringScoreTests
{
    // the expected numbers of this file are those of scikit-learn 1.2.1
    [Fact]
    public void Measures_against_classes_equal_scikit_learn()
    {
        int[] classes = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], clusters = [5, 5, 1, 1, 1, 2, 2, 3, 3, 0];
        var (homogeneity, completeness, v) = ClusteringScore.VMeasure(classes, clusters);
        Assert.Equal(0.6973241858179472, homogeneity, 1e-12);
        Assert.Equal(0.4876436333956522, completeness, 1e-12);
        Assert.Equal(0.5739323787756516, v, 1e-12);
        Assert.Equal(0.1891891891891892, ClusteringScore.AdjustedRand(classes, clusters), 1e-12);
    }

    [Fact]
    public void The_silhouette_equals_scikit_learn()
    {
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 40).Select(i => new ReadOnlyMemory<float>([i * i % 17, 3 * i % 11, i * i * i % 7]))];
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 3)];
        Assert.Equal(-0.07374974513755805, ClusteringScore.Silhouette(rows, labels, cancel: TestContext.Current.CancellationToken), 1e-6);
        Assert.Equal(double.NaN, ClusteringScore.Silhouette(rows, new int[40], cancel: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Names_of_labels_do_not_count_and_a_partition_equals_itself() => Gen.Int[0, 4].Array[1, 40].Sample(labels =>
    {
        int[] renamed = [.. labels.Select(l => 100 - (7 * l))];
        return Math.Abs(ClusteringScore.VMeasure(labels, renamed).VMeasure - 1) < 1e-12 && ClusteringScore.AdjustedRand(labels, renamed) == 1;
    });

    [Fact]
    public void The_adjusted_rand_index_of_chance_is_zero_on_average()
    {
        var random = new Random(3);
        double mean = Enumerable.Range(0, 2000).Average(_ => ClusteringScore.AdjustedRand([.. Enumerable.Range(0, 12).Select(_ => random.Next(3))], [.. Enumerable.Range(0, 12).Select(_ => random.Next(4))]));
        Assert.Equal(0, mean, 0.02);
    }

    [Fact]
    public void Unequal_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ClusteringScore.VMeasure([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => ClusteringScore.AdjustedRand([1, 2], [1]));
    }
}
