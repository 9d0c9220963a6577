using Kindred.Learning.Evaluation;

namespace Kindred.Learning.Tests.Evaluation;

public class MapScoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Both_equal_scikit_learn()
    {
        float[][] rows = [.. Enumerable.Range(0, 40).Select(i => new[] { (i * i % 17) + (i * 0.01f), (3 * i % 11) + (i * 0.013f), (i * i * i % 7) + (i * 0.017f) })];
        float[][] places = [.. rows.Select(row => row[..2])];
        ReadOnlyMemory<float>[] space = [.. rows.Select(row => new ReadOnlyMemory<float>(row))];

        // trustworthiness of scikit-learn 1.2.1, with rows and places changed over for continuity
        Assert.Equal(0.96328125, MapScore.Trustworthiness(space, places, 5, Cancel), 1e-9);
        Assert.Equal(0.9659375, MapScore.Continuity(space, places, 5, Cancel), 1e-9);
        Assert.Equal(1, MapScore.Trustworthiness(space, rows, 5, Cancel));
    }

    [Fact]
    public void Too_many_neighbours_are_refused()
    {
        float[][] places = [[1], [2], [3], [4]];
        Assert.Throws<ArgumentException>(() => MapScore.Trustworthiness([.. places.Select(p => new ReadOnlyMemory<float>(p))], places, 2, Cancel));
    }
}
