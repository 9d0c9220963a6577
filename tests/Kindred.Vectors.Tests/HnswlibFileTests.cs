using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>An index that hnswlib 0.6.2 wrote; the recipe is bench/peers/golden.</summary>
public class HnswlibFileTests
{
    [Fact]
    public void Vectors_labels_deletions_and_links_are_those_of_hnswlib()
    {
        var index = Read(GoldenFile.At("hnswlib.index"));
        Assert.Equal("hnswlib", index.Kind);
        Assert.Null(index.Metric);
        Assert.Equal(GoldenFile.Rows(60, 6), index.Vectors.Select(v => v.ToArray()));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => 1000L + (3 * i)), index.Ids);
        Assert.Equal([5, 11], index.Deleted);
        GoldenFile.AssertLinks("hnswlib.links", index.Graph!);
    }

    [Fact]
    public void An_empty_index_is_read()
    {
        var index = Read(GoldenFile.At("hnswlib-empty.index"));
        Assert.Empty(index.Vectors);
        Assert.Equal(6, index.Dimensions);
        Assert.Equal(-1, index.Graph!.EntryPoint);
    }

    [Fact]
    public void A_spoilt_file_is_a_value_or_the_one_error() => HostileFile.Check(File.ReadAllBytes(GoldenFile.At("hnswlib.index")), path => Read(path));

    private static ForeignIndex Read(string path) => HnswlibFile.Read(path, TestContext.Current.CancellationToken);
}
