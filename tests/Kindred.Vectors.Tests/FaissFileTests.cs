using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

/// <summary>Indexes that FAISS 1.7.3 wrote; the recipe is bench/peers/golden.</summary>
public class FaissFileTests
{
    [Theory]
    [InlineData("faiss-flat-l2.index", "IxF2", MetricKind.SquaredL2)]
    [InlineData("faiss-flat-ip.index", "IxFI", MetricKind.Dot)]
    public void A_flat_index_is_read(string name, string kind, MetricKind metric)
    {
        var index = Read(name);
        Assert.Equal(kind, index.Kind);
        Assert.Equal(metric, index.Metric);
        Assert.Equal(6, index.Dimensions);
        Assert.Equal(GoldenFile.Rows(20, 6), index.Vectors.Select(v => v.ToArray()));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), index.Ids);
        Assert.Null(index.Graph);
    }

    [Fact]
    public void An_index_with_ids_of_its_own_is_read()
    {
        var index = Read("faiss-idmap.index");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (i * 10L) + 7), index.Ids);
        Assert.Equal(GoldenFile.Rows(20, 6), index.Vectors.Select(v => v.ToArray()));
    }

    [Fact]
    public void A_graph_has_the_links_that_FAISS_tells()
    {
        var index = Read("faiss-hnsw.index");
        Assert.Equal("IHNf", index.Kind);
        Assert.Equal(GoldenFile.Rows(60, 6), index.Vectors.Select(v => v.ToArray()));
        GoldenFile.AssertLinks("faiss-hnsw.links", index.Graph!);
    }

    [Fact]
    public void An_empty_graph_is_read()
    {
        var index = Read("faiss-hnsw-empty.index");
        Assert.Empty(index.Vectors);
        Assert.Equal(0, index.Graph!.Count);
        Assert.Equal(-1, index.Graph.EntryPoint);
    }

    [Theory]
    [InlineData("faiss-ivf-full.index", 20, 4)]
    [InlineData("faiss-ivf-sparse.index", 3, 16)]
    public void Inverted_lists_are_read_and_each_vector_stands_in_the_list_of_its_nearest_centre(string name, int count, int lists)
    {
        var index = Read(name);
        Assert.Equal("IwFl", index.Kind);
        Assert.Equal(lists, index.Centroids.Count);
        Assert.Equal(Enumerable.Range(100, count).Select(i => (long)i), index.Ids.Order());
        float[][] rows = GoldenFile.Rows(20, 6);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(rows[index.Ids[i] - 100], index.Vectors[i].ToArray());
            float[] distances = [.. index.Centroids.Select(c => Metric.SquaredL2(c.Span, index.Vectors[i].Span))];
            Assert.Equal(distances.Min(), distances[index.Lists[i]]);
        }
    }

    [Fact]
    public void Another_kind_of_index_is_named() =>
        Assert.Contains("byte 0: kind IxHe", Assert.Throws<VectorFileException>(() => Read("faiss-lsh.index")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("faiss-flat-l2.index")]
    [InlineData("faiss-idmap.index")]
    [InlineData("faiss-hnsw.index")]
    [InlineData("faiss-ivf-full.index")]
    [InlineData("faiss-ivf-sparse.index")]
    public void A_spoilt_file_is_a_value_or_the_one_error(string name) =>
        HostileFile.Check(File.ReadAllBytes(GoldenFile.At(name)), path => FaissFile.Read(path, TestContext.Current.CancellationToken));

    [Fact]
    public void Indexes_within_indexes_without_end_are_refused()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-nested-{Guid.NewGuid():N}");
        byte[] level = File.ReadAllBytes(GoldenFile.At("faiss-idmap.index"))[..37];   // the kind and the header
        File.WriteAllBytes(path, [.. Enumerable.Repeat(level, 100_000).SelectMany(b => b)]);
        try
        {
            Assert.Contains("within each other", Assert.Throws<VectorFileException>(() => FaissFile.Read(path, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static ForeignIndex Read(string name) => FaissFile.Read(GoldenFile.At(name), TestContext.Current.CancellationToken);
}
