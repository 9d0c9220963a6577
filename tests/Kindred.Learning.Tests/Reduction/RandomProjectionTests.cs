using Kindred.Learning.Reduction;

namespace Kindred.Learning.Tests.Reduction;

public class RandomProjectionTests
{
    [Fact]
    public void Distances_keep_their_value_and_rows_their_image()
    {
        var random = new Random(3);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 40).Select(_ => new ReadOnlyMemory<float>([.. Enumerable.Range(0, 700).Select(_ => random.NextSingle())]))];
        float[][] images = RandomProjection.Project(rows, 500, cancel: TestContext.Current.CancellationToken);
        double sum = 0;
        for (int i = 1; i < rows.Length; i++)
        {
            double ratio = Square(images[i], images[i - 1]) / Square(rows[i].ToArray(), rows[i - 1].ToArray());
            Assert.InRange(ratio, 0.75, 1.25);   // four times √(2 / 500)
            sum += ratio;
        }

        Assert.InRange(sum / 39, 0.95, 1.05);
        Assert.Equal(images[7], RandomProjection.Project([rows[7]], 500, cancel: TestContext.Current.CancellationToken)[0]);
        Assert.NotEqual(images[7], RandomProjection.Project([rows[7]], 500, seed: 2, TestContext.Current.CancellationToken)[0]);
    }

    private static double Square(float[] x, float[] y) => x.Zip(y, (a, b) => ((double)a - b) * (a - b)).Sum();
}
