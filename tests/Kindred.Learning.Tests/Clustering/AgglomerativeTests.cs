using System.Text.Json;
using Kindred.Learning.Clustering;

namespace Kindred.Learning.Tests.Clustering;

public class AgglomerativeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ward", AgglomerativeLinkage.Ward)]
    [InlineData("average", AgglomerativeLinkage.AverageCosine)]
    public void Joinings_and_clusters_are_those_of_SciPy(string name, AgglomerativeLinkage linkage)
    {
        var golden = JsonDocument.Parse(File.ReadAllBytes(Golden())).RootElement;
        var found = Agglomerative.Fit([.. golden.GetProperty("rows").EnumerateArray().Select(row => new ReadOnlyMemory<float>([.. row.EnumerateArray().Select(x => (float)x.GetDouble())]))], linkage, cancel: Cancel);
        var expected = golden.GetProperty(name);
        Assert.Equal(expected.GetProperty("sizes").EnumerateArray().Select(x => x.GetInt32()), found.Merges.Select(m => m.Size));
        foreach (var (height, merge) in expected.GetProperty("heights").EnumerateArray().Zip(found.Merges)) Assert.Equal(height.GetDouble(), merge.Height, 1e-5);
        int[] four = [.. expected.GetProperty("four").EnumerateArray().Select(x => x.GetInt32())], cut = found.Cut(4);
        for (int i = 0; i < cut.Length; i++)
            for (int j = 0; j < i; j++) Assert.Equal(four[i] == four[j], cut[i] == cut[j]);
        Assert.Equal(4, cut.Distinct().Count());
    }

    [Fact]
    public void Equal_rows_join_first_and_any_number_of_clusters_can_be_cut()
    {
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 40).Select(i => new ReadOnlyMemory<float>([i % 4 * 10, 1]))];
        foreach (var linkage in Enum.GetValues<AgglomerativeLinkage>())
        {
            var found = Agglomerative.Fit(rows, linkage, cancel: Cancel);
            Assert.Equal(39, found.Merges.Count);
            Assert.All(found.Merges.Take(36), m => Assert.Equal(0, m.Height, 1e-6));
            int[] four = found.Cut(4);
            for (int i = 0; i < 40; i++) Assert.Equal(i % 4, four[i]);
            Assert.Equal(Enumerable.Range(0, 40), found.Cut(100));
            Assert.All(found.Cut(1), label => Assert.Equal(0, label));
        }

        Assert.Equal([0], Agglomerative.Fit(rows[..1], cancel: Cancel).Cut(3));
        Assert.Throws<ArgumentException>(() => Agglomerative.Fit([], cancel: Cancel));
        Assert.Throws<ArgumentException>(() => Agglomerative.Fit([new float[] { 1 }, new float[] { 1, 2 }], cancel: Cancel));
        Assert.Throws<OperationCanceledException>(() => Agglomerative.Fit(rows, cancel: new CancellationToken(canceled: true)));
    }

    private static string Golden()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Kindred.slnx"))) folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, "tests", "Kindred.Learning.Tests", "Golden", "linkage.json");
    }
}
