using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests;

/// <summary>The file of a graph: what is saved is what is opened, and nothing that stands in a file can do worse than an error that names the place.</summary>
public sealed class HnswFileTests : IDisposable
{
    private const int Dimensions = 20;

    private static readonly SectionedFile Layout = new(HnswFile.HeaderBytes, HnswFile.TableAt, HnswFile.Sections);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.hnsw");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(MetricKind.Cosine, null)]
    [InlineData(MetricKind.Dot, "sq8")]
    [InlineData(MetricKind.SquaredL2, "sq4")]
    [InlineData(MetricKind.SquaredL2, "rabitq")]
    [InlineData(MetricKind.Cosine, "pq")]
    public void What_is_saved_is_opened(MetricKind metric, string? codec)
    {
        using var index = Filled(700, metric, codec);
        index.Save(_path);
        using var opened = HnswIndex.Open(_path);
        Assert.Equal((700, metric, Dimensions, index.Options, codec), (opened.Count, opened.Metric, opened.Dimensions, opened.Options, opened.Codec?.Name));
        AssertSame(index, opened);
        Assert.Equal(0, opened.CountUnreachable());
        Assert.Equal(index.Ids.Order(), opened.Ids.Order());
    }

    [Fact]
    public void Holes_are_left_out()
    {
        using var index = Filled(700, MetricKind.SquaredL2, "sq8");
        for (int id = 0; id < 300; id++) Assert.True(index.Remove(id * 2));
        index.Save(_path);
        using var opened = HnswIndex.Open(_path);
        Assert.Equal(400, opened.Count);
        Assert.False(opened.Contains(0));
        Assert.True(opened.Contains(1));
        AssertSame(index, opened);
        Assert.Equal(0, opened.CountUnreachable());
        Assert.True(new FileInfo(_path).Length < 400 * (8 + 1 + 128 + 128 + 64) * 1.1);
    }

    [Fact]
    public void An_opened_index_is_changed_and_saved_over_its_own_file()
    {
        using (var index = Filled(300, MetricKind.Cosine, "sq8")) index.Save(_path);
        byte[] before = File.ReadAllBytes(_path);
        using var opened = HnswIndex.Open(_path);
        for (int id = 0; id < 150; id++) Assert.True(opened.Remove(id));
        for (int id = 1000; id < 1400; id++) opened.Add(id, Row(id));
        Assert.Throws<ArgumentException>(() => opened.Add(200, Row(200)));
        Assert.Equal(before, File.ReadAllBytes(_path));
        opened.Save(_path);
        opened.Add(2000, Row(2000));
        opened.Save(_path);
        using var again = HnswIndex.Open(_path);
        Assert.Equal(551, again.Count);
        Assert.Equal(0, again.CountUnreachable());
        AssertSame(opened, again);
        float[] vector = new float[Dimensions], expected = Row(1234);
        Assert.True(again.TryGetVector(1234, vector));
        Metric.Normalize(expected);
        Assert.Equal(expected, vector);
        Assert.False(again.TryGetVector(12, vector));
        Assert.Throws<ArgumentException>(() => again.TryGetVector(1234, new float[3]));
        for (int id = 1000; id < 1400; id += 13) Assert.Equal(id, Best(again, id));
    }

    [Fact]
    public void Opening_in_between_changes_nothing_of_what_is_built()
    {
        using var whole = new HnswIndex(Dimensions, MetricKind.Cosine);
        using var half = new HnswIndex(Dimensions, MetricKind.Cosine);
        for (int id = 0; id < 500; id++)
        {
            whole.Add(id, Row(id));
            if (id < 250) half.Add(id, Row(id));
        }

        half.Save(_path);
        using var opened = HnswIndex.Open(_path);
        for (int id = 250; id < 500; id++) opened.Add(id, Row(id));
        opened.Save(_path);
        byte[] bytes = File.ReadAllBytes(_path);
        whole.Save(_path);
        Assert.Equal(File.ReadAllBytes(_path), bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_index_is_saved_and_filled_later(bool emptied)
    {
        using (var index = Filled(emptied ? 100 : 0, MetricKind.Cosine, null))
        {
            foreach (long id in index.Ids) index.Remove(id);
            index.Save(_path);
        }

        using var opened = HnswIndex.Open(_path);
        Assert.Equal(0, opened.Count);
        Assert.Empty(opened.Ids);
        Assert.Equal(0, opened.Search(Row(1), new Neighbor[3]));
        for (int id = 0; id < 50; id++) opened.Add(id, Row(id));
        for (int id = 0; id < 50; id++) Assert.Equal(id, Best(opened, id));
    }

    [Fact]
    public void Many_blocks_of_rows_are_saved_as_one()
    {
        // more nodes than a block holds: a first block that has grown, whole ones, and after opening one that is copied out to grow
        const int Large = 65_536;
        using var index = new HnswIndex(Large, MetricKind.SquaredL2, new HnswOptions { M = 2, EfConstruction = 8 });
        float[] row = new float[Large];
        for (int id = 0; id < 600; id++) Put(index, id);
        index.Save(_path);
        using var opened = HnswIndex.Open(_path);
        for (int id = 600; id < 620; id++) Put(opened, id);
        Assert.Equal(620, opened.Count);
        for (int id = 0; id < 620; id += 31)
        {
            Assert.True(opened.TryGetVector(id, row));
            Assert.Equal((id, 0f, id), (row[0], row[1], row[^1]));
        }

        void Put(HnswIndex to, int id)
        {
            (row[0], row[^1]) = (id, id);
            to.Add(id, row);
        }
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_is_found()
    {
        Layout.Spoil(Good("sq8"), Fails);
    }

    [Theory]
    [InlineData(4, "rows")]
    [InlineData(6, "codes")]
    public void Damaged_vectors_are_searched_but_neither_changed_nor_saved(int section, string name)
    {
        byte[] bad = Good("sq8");
        var (offset, length) = Layout.Sections(bad)[section];
        bad[offset + (length / 2)] ^= 1;
        File.WriteAllBytes(_path, bad);
        using var opened = HnswIndex.Open(_path);
        Assert.Equal(5, opened.Search(Row(3), new Neighbor[5]));
        foreach (Action change in new Action[] { opened.Verify, () => opened.Add(5000, Row(1)), () => opened.Remove(5), () => opened.Quantize(null), () => opened.Save(_path), opened.Verify })
            Assert.Contains($"section {name}", Assert.Throws<VectorFileException>(change).Message, StringComparison.Ordinal);
        Assert.True(opened.Hide(7));   // touches no vector
        Assert.Equal((199, true, false), (opened.Count, opened.Contains(5), opened.Contains(5000)));
        Assert.Equal(bad, File.ReadAllBytes(_path));
    }

    [Fact]
    public void Vectors_verified_before_a_change_need_no_more_checks()
    {
        Good("sq8");
        using var opened = HnswIndex.Open(_path);
        for (int id = 0; id < 100; id++) Assert.True(opened.Remove(id));
        for (int id = 1000; id < 1100; id++) opened.Add(id, Row(id));   // into places of the mapped file
        opened.Verify();
        Assert.Equal(200, opened.Count);
    }

    [Fact]
    public void Absurd_numbers_under_right_checksums_are_errors_or_harmless()
    {
        byte[] good = Good("pq");
        foreach (byte[] bad in Layout.Absurd(good, [16, 40, 48, 64])) Try(bad);
    }

    [Theory]
    [InlineData(0, "ids")]
    [InlineData(1, "levels")]
    [InlineData(2, "upper links")]
    [InlineData(3, "ground links")]
    [InlineData(4, "rows")]
    [InlineData(5, "codec")]
    [InlineData(6, "codes")]
    public void Any_bytes_under_right_checksums_are_errors_or_harmless(int section, string name)
    {
        Assert.Equal(name, HnswFile.Sections[section]);
        var random = new Random(section);
        foreach (string codec in new[] { "sq8", "sq4", "pq", "rabitq", "rabitq of links" })
        {
            foreach (byte[] bad in Layout.Scribbled(Good(codec), section, random)) Try(bad);
        }
    }

    [Fact]
    public void Rows_that_are_not_finite_do_not_hold_up_a_search()
    {
        byte[] good = Good(null);
        var (offset, length) = Layout.Sections(good)[4];
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue })
        {
            byte[] bad = [.. good];
            MemoryMarshal.Cast<byte, float>(bad.AsSpan(offset, length / 2)).Fill(value);
            Try(Layout.Sealed(bad), mustOpen: true);
            MemoryMarshal.Cast<byte, float>(bad.AsSpan(offset, length)).Fill(value);
            Try(Layout.Sealed(bad), mustOpen: true);
        }
    }

    [Fact]
    public void Structure_that_a_search_relies_on_is_checked()
    {
        byte[] good = Good(null);
        var sections = Layout.Sections(good);
        Forged(2, 0, 1_000_000, "upper links");
        Forged(2, 0, -5, "upper links");
        Forged(3, 40, 300, "ground links");
        Forged(3, 40, -2, "ground links");
        byte[] bad = [.. good];
        int ground = Array.IndexOf(bad, (byte)0, sections[1].Offset) - sections[1].Offset;
        Forged(2, 0, ground, "upper links");
        bad[sections[1].Offset + ground] = 31;
        Fails(Layout.Sealed(bad), "section levels");
        bad = [.. good];
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(56), ground);
        Fails(Layout.Sealed(bad), "section header");

        // the same id twice: what a search never asks
        bad = [.. good];
        bad.AsSpan(sections[0].Offset, 8).CopyTo(bad.AsSpan(sections[0].Offset + 8));
        File.WriteAllBytes(_path, Layout.Sealed(bad));
        using var opened = HnswIndex.Open(_path);
        Assert.Equal(3, opened.Search(Row(7), new Neighbor[3]));
        Assert.Contains("stands twice", Assert.Throws<VectorFileException>(() => opened.Contains(5)).Message, StringComparison.Ordinal);
        Assert.Throws<VectorFileException>(() => opened.Add(5000, Row(1)));

        void Forged(int section, int at, int link, string named)
        {
            byte[] forged = [.. good];
            BinaryPrimitives.WriteInt32LittleEndian(forged.AsSpan(sections[section].Offset + at), link);
            Fails(Layout.Sealed(forged), $"section {named}");
        }
    }

    private static float[] Row(int id)
    {
        var random = new Random(id);
        return [.. Enumerable.Range(0, Dimensions).Select(i => (float)(random.NextDouble() - 0.5) + (id % 5 == i ? 1 : 0))];
    }

    private static HnswIndex Filled(int count, MetricKind metric, string? codec)
    {
        var index = new HnswIndex(Dimensions, metric, new HnswOptions { Ef = 70, M = 8 });
        for (int id = 0; id < count; id++) index.Add(id, Row(id));
        List<ReadOnlyMemory<float>> sample = [.. Enumerable.Range(0, 300).Select(id => new ReadOnlyMemory<float>(Row(id)))];
        index.Quantize(codec switch
        {
            "sq8" => ScalarCodec.Train(sample, Dimensions, metric, 8),
            "sq4" => ScalarCodec.Train(sample, Dimensions, metric, 4),
            "pq" => ProductCodec.Train(sample, Dimensions, metric, 5),
            "rabitq" => RabitqCodec.Train(sample, Dimensions, metric, 4),
            "rabitq of links" => RabitqCodec.Train(sample, Dimensions, metric),
            _ => null,
        });
        return index;
    }

    private static void AssertSame(HnswIndex expected, HnswIndex actual)
    {
        var (ours, theirs) = (new Neighbor[5], new Neighbor[5]);
        for (int id = 3000; id < 3060; id++)
        {
            Assert.Equal(expected.Search(Row(id), ours), actual.Search(Row(id), theirs));
            Assert.Equal(ours, theirs);
        }
    }

    private static long Best(HnswIndex index, int id)
    {
        var hit = new Neighbor[1];
        Assert.Equal(1, index.Search(Row(id), hit));
        return hit[0].Id;
    }

    private byte[] Good(string? codec)
    {
        using var index = Filled(200, MetricKind.SquaredL2, codec);
        index.Save(_path);
        return File.ReadAllBytes(_path);
    }

    private void Fails(byte[] file, string named)
    {
        File.WriteAllBytes(_path, file);
        bool isVector = named is "section rows" or "section codes";
        var error = Assert.Throws<VectorFileException>(() =>
        {
            using var opened = HnswIndex.Open(_path);
            Assert.True(isVector, "opening finds whatever else is wrong");
            opened.Verify();
        });
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Offset, 0, file.Length);
    }

    /// <summary>Opens a file and uses all of the index, which must give an answer or the one error, in little memory.</summary>
    private void Try(byte[] file, bool mustOpen = false)
    {
        File.WriteAllBytes(_path, file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var opened = HnswIndex.Open(_path);
            var hits = new Neighbor[10];
            for (int id = 0; id < 3; id++) Assert.InRange(opened.Search(new float[opened.Dimensions], hits), 0, 10);
            if (opened.Dimensions == Dimensions)
            {
                Assert.InRange(opened.Search(Row(7), hits, ef: 50), 0, 10);
                opened.Add(90_000, Row(3));
                for (int id = 0; id < 100; id++) opened.Remove(id);
                opened.CountUnreachable();
            }
        }
        catch (VectorFileException error) when (!mustOpen)
        {
            Assert.InRange(error.Offset, 0, file.Length);
            Assert.Contains(_path, error.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }
}
