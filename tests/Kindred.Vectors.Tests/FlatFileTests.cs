using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests;

/// <summary>The file of a flat index: nothing that stands in it can do worse than an error that names the place.</summary>
public sealed class FlatFileTests : IDisposable
{
    private const int Dimensions = 20;

    private static readonly SectionedFile Layout = new(FlatFile.HeaderBytes, FlatFile.TableAt, FlatFile.Sections);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-flat-file-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(null)]
    [InlineData("sq8")]
    public void Every_cut_and_every_changed_byte_is_found(string? codec) => Layout.Spoil(Good(codec), (file, named) =>
    {
        File.WriteAllBytes(_path, file);
        var error = Assert.Throws<VectorFileException>(() => FlatIndex.Open(_path).Dispose());
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Offset, 0, file.Length);
    });

    [Fact]
    public void Absurd_numbers_under_right_checksums_are_errors_or_harmless()
    {
        foreach (byte[] bad in Layout.Absurd(Good("pq"), [16, 32])) Try(bad);
    }

    [Theory]
    [InlineData(0, "ids")]
    [InlineData(1, "codec")]
    [InlineData(2, "codes")]
    [InlineData(3, "rows")]
    public void Any_bytes_under_right_checksums_are_errors_or_harmless(int section, string name)
    {
        Assert.Equal(name, FlatFile.Sections[section]);
        var random = new Random(section);
        foreach (string? codec in new[] { null, "sq8", "sq4", "pq", "rabitq" })
            foreach (byte[] bad in Layout.Scribbled(Good(codec), section, random)) Try(bad);
    }

    [Fact]
    public void An_id_that_stands_twice_is_told_by_the_first_change()
    {
        byte[] bad = Good(null);
        int ids = Layout.Sections(bad)[0].Offset;
        bad.AsSpan(ids, 8).CopyTo(bad.AsSpan(ids + 8));
        File.WriteAllBytes(_path, Layout.Sealed(bad));
        using var opened = FlatIndex.Open(_path);
        Assert.Equal(3, opened.Search(Row(7), new Neighbor[3]));
        var error = Assert.Throws<VectorFileException>(() => opened.Add(5000, Row(1)));
        Assert.Contains("stands twice", error.Message, StringComparison.Ordinal);
        Assert.Equal(ids + 8, error.Offset);
    }

    private static float[] Row(int id)
    {
        var random = new Random(id);
        return [.. Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private byte[] Good(string? codec)
    {
        using var index = new FlatIndex(Dimensions, MetricKind.SquaredL2);
        for (int id = 0; id < 200; id++) index.Add(id, Row(id));
        List<ReadOnlyMemory<float>> sample = [.. Enumerable.Range(0, 300).Select(id => new ReadOnlyMemory<float>(Row(id)))];
        index.Quantize(codec switch
        {
            "sq8" => ScalarCodec.Train(sample, Dimensions, MetricKind.SquaredL2, 8),
            "sq4" => ScalarCodec.Train(sample, Dimensions, MetricKind.SquaredL2, 4),
            "pq" => ProductCodec.Train(sample, Dimensions, MetricKind.SquaredL2, 5),
            "rabitq" => RabitqCodec.Train(sample, Dimensions, MetricKind.SquaredL2),
            _ => null,
        });
        index.Save(_path);
        return File.ReadAllBytes(_path);
    }

    /// <summary>Opens a file and uses all of the index, which must give an answer or the one error, in little memory.</summary>
    private void Try(byte[] file)
    {
        File.WriteAllBytes(_path, file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var opened = FlatIndex.Open(_path);
            var hits = new Neighbor[10];
            Assert.InRange(opened.Search(new float[opened.Dimensions], hits), 0, 10);
            if (opened.Dimensions == Dimensions)
            {
                Assert.InRange(opened.Search(Row(7), hits), 0, 10);
                opened.SearchRange(Row(7), -1);
                opened.Add(90_000, Row(3));
                for (int id = 0; id < 100; id++) opened.Remove(id);
                Assert.InRange(opened.Search(Row(7), hits), 0, 10);
            }
        }
        catch (VectorFileException error)
        {
            Assert.InRange(error.Offset, 0, file.Length);
            Assert.Contains(_path, error.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }
}
