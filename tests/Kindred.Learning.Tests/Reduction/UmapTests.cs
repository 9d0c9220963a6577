using Kindred.Learning.Evaluation;
using Kindred.Learning.Reduction;
using Kindred.Learning.Tests.Anomalies;

namespace Kindred.Learning.Tests.Reduction;

public class UmapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]   // find_ab_params of umap-learn 0.5.3
    [InlineData(0, 1.9328083975546724, 0.7904949734010681)]
    [InlineData(0.1, 1.5769434601962196, 0.8950608779914887)]
    [InlineData(0.5, 0.583030020479462, 1.3341669929263487)]
    [InlineData(0.99, 0.11930530006447332, 1.9163904159174419)]
    public void The_curve_is_that_of_the_papers_program(double minDistance, double a, double b)
    {
        var found = Umap.Curve(minDistance);
        Assert.Equal(a, found.A, 1e-5);
        Assert.Equal(b, found.B, 1e-5);
    }

    [Fact]
    public void The_graph_is_that_of_the_papers_program()
    {
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 40).Select(i => new ReadOnlyMemory<float>([(i * i % 17) + (i * 0.01f), (3 * i % 11) + (i * 0.013f), (i * i * i % 7) + (i * 0.017f)]))];
        var graph = FuzzyGraph.Of(Nearest.Find(rows, 4, Cancel));

        // fuzzy_simplicial_set of umap-learn 0.5.3 with 5 neighbours, which count the row itself
        Assert.Equal([1, 11, 15, 23], graph.Others[graph.Starts[0]..graph.Starts[1]]);
        Assert.Equal([0.67893f, 1f, 0.3281f, 0.38129f], graph.Weights[graph.Starts[0]..graph.Starts[1]].Select(w => MathF.Round(w * 1e5f) / 1e5f), (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.Equal(126.32222, graph.Weights.Sum(w => (double)w), 0.01);
    }

    [Fact]
    public void Digits_keep_their_neighbours_and_seeds_repeat()
    {
        var (names, table) = AnomalyData.Shared("optdigits/train.tsv.gz");
        int label = Array.IndexOf(names, "digit");
        ReadOnlyMemory<float>[] rows = [.. table.Take(1000).Select(row => new ReadOnlyMemory<float>([.. row.Where((_, c) => c != label).Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture))]))];
        var options = new UmapOptions { Seed = 7 };
        float[][] places = Umap.Project(rows, options, cancel: Cancel);

        // umap-learn 0.5.3 reaches 0.988 and 0.988 on these rows, the plane of the principal components 0.842
        Assert.InRange(MapScore.Trustworthiness(rows, places, cancel: Cancel), 0.975, 1);
        Assert.InRange(MapScore.Continuity(rows, places, cancel: Cancel), 0.96, 1);
        Assert.Equal(places.SelectMany(p => p), Umap.Project(rows, options, cancel: Cancel).SelectMany(p => p));
        Assert.NotEqual(places.SelectMany(p => p), Umap.Project(rows, options with { Seed = 8 }, cancel: Cancel).SelectMany(p => p));
    }

    [Fact]
    public void Equal_rows_are_drawn()
    {
        // field case: 300 of 500 rows are equal
        var random = new Random(5);
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 500).Select(i => new ReadOnlyMemory<float>(i < 300 ? [1, 2, 3] : [random.NextSingle(), random.NextSingle(), random.NextSingle()]))];
        float[][] places = Umap.Project(rows, new UmapOptions { Epochs = 100 }, cancel: Cancel);
        Assert.All(places, p => Assert.True(float.IsFinite(p[0]) && float.IsFinite(p[1]) && Math.Abs(p[0]) < 1000));
        Assert.Equal(places.SelectMany(p => p), Umap.Project(rows, new UmapOptions { Epochs = 100 }, cancel: Cancel).SelectMany(p => p));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Few_rows_are_drawn(int n)
    {
        float[][] places = Umap.Project([.. Enumerable.Range(0, n).Select(i => new ReadOnlyMemory<float>([i, i * i]))], cancel: Cancel);
        Assert.Equal(n, places.Length);
        Assert.All(places, p => Assert.True(p.Length == 2 && p.All(float.IsFinite)));
        Assert.Equal(n, places.Select(p => (p[0], p[1])).Distinct().Count());
    }

    [Fact]
    public void Bad_settings_are_refused()
    {
        ReadOnlyMemory<float>[] rows = [new float[] { 1 }];
        Assert.Throws<ArgumentOutOfRangeException>(() => Umap.Project(rows, new UmapOptions { Neighbors = 1 }, cancel: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Umap.Project(rows, new UmapOptions { MinDistance = 3 }, cancel: Cancel));
        Assert.Throws<ArgumentException>(() => Umap.Project([new float[] { float.NaN }], cancel: Cancel));
    }
}
