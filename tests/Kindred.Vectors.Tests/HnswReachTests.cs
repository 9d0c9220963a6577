using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

/// <summary>After every change a way leads to each vector, counted afresh from the entry: nothing waits for a save or for further additions.</summary>
public sealed class HnswReachTests : IDisposable
{
    private const int Dimensions = 16;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.hnsw");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("clusters", false)]
    [InlineData("clusters", true)]
    [InlineData("duplicates", false)]
    [InlineData("duplicates", true)]
    [InlineData("a line", false)]
    public void Additions_to_what_was_built_lose_nothing(string data, bool manyAtOnce)
    {
        float[][] rows = Rows(data, 25_000);
        using var index = HnswIndex.Build([.. rows[..20_000].Select(r => new ReadOnlyMemory<float>(r))], metric: MetricKind.SquaredL2, options: new HnswOptions { M = 4, EfConstruction = 24 }, cancel: TestContext.Current.CancellationToken);
        if (manyAtOnce) Parallel.For(20_000, 25_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, id => index.Add(id, rows[id]));
        else
        {
            for (int id = 20_000; id < 25_000; id++)
            {
                index.Add(id, rows[id]);
                if (id % 500 == 0) Assert.Equal(0, index.CountUnreachable());
            }
        }

        Assert.Equal(25_000, index.Count);
        Assert.Equal(0, index.CountUnreachable());
    }

    [Theory]
    [InlineData("clusters")]
    [InlineData("duplicates")]
    [InlineData("a line")]
    public void Nor_do_additions_from_the_first_on(string data)
    {
        float[][] rows = Rows(data, 2500);
        using var index = new HnswIndex(Dimensions, MetricKind.SquaredL2, new HnswOptions { M = 2, EfConstruction = 8 });
        for (int id = 0; id < rows.Length; id++)
        {
            index.Add(id, rows[id]);
            if (id < 300 || id % 25 == 0) Assert.Equal(0, index.CountUnreachable());
        }

        Assert.Equal(0, index.CountUnreachable());
    }

    [Theory]
    [InlineData("clusters")]
    [InlineData("duplicates")]
    public void Nor_do_additions_removals_and_updates_in_any_order(string data)
    {
        float[][] rows = Rows(data, 9000);
        using var built = HnswIndex.Build([.. rows[..3000].Select(r => new ReadOnlyMemory<float>(r))], metric: MetricKind.SquaredL2, options: new HnswOptions { M = 3, EfConstruction = 12 }, cancel: TestContext.Current.CancellationToken);
        built.Save(_path);
        using var index = HnswIndex.Open(_path);
        var random = new Random(4);
        List<int> there = [.. Enumerable.Range(0, 3000)];
        for (int next = 3000, step = 0; next < rows.Length; step++)
        {
            int at = random.Next(there.Count), id = there[at];
            switch (random.Next(5))
            {
                case 0:
                    Assert.True(index.Remove(id));
                    there.RemoveAt(at);
                    break;
                case 1:
                    Assert.True(index.Hide(id));
                    index.Add(id, rows[next++]);
                    break;
                case 2:
                    Assert.True(index.Remove(id));
                    index.Add(id, rows[next++]);
                    break;
                default:
                    there.Add(next);
                    index.Add(next, rows[next++]);
                    break;
            }

            if (step % 50 == 0) Assert.Equal(0, index.CountUnreachable());
        }

        Assert.Equal(there.Count, index.Count);
        Assert.Equal(0, index.CountUnreachable());
        foreach (int id in there.ToArray()) Assert.True(index.Remove(id));
        for (int id = 0; id < 200; id++) index.Add(id, rows[id]);
        Assert.Equal(0, index.CountUnreachable());
    }

    private static float[][] Rows(string data, int count)
    {
        var random = new Random(7);
        float[][] centres = [.. Enumerable.Range(0, 60).Select(_ => Some(8))];
        return [.. Enumerable.Range(0, count).Select(i => data switch
        {
            "clusters" => Moved(centres[random.Next(centres.Length)], 1),
            "duplicates" => random.Next(3) > 0 ? centres[random.Next(centres.Length)] : Moved(centres[random.Next(centres.Length)], 0.01f),
            _ => [.. Enumerable.Range(0, Dimensions).Select(_ => i * 0.5f)],
        })];

        float[] Some(float width) => [.. Enumerable.Range(0, Dimensions).Select(_ => (random.NextSingle() - 0.5f) * width)];

        float[] Moved(float[] centre, float width) => [.. centre.Zip(Some(width), (a, b) => a + b)];
    }
}
