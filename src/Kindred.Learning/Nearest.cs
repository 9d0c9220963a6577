using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Learning;

/// <summary>The nearest other rows of each row, by Euclidean distance.</summary>
internal static class Nearest
{
    /// <summary>Rows searched for in one call.</summary>
    private const int Batch = 1024;

    /// <summary>Beyond these, comparing every two rows takes minutes.</summary>
    private const int MostExact = 20_000;

    /// <summary>Lists read for a row: about a hundredth of the rows of 100,000.</summary>
    private const int Lists = 24;

    /// <param name="rows">Shape [n, d], n above <paramref name="k"/>.</param>
    /// <param name="k">How many, at least 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n][k], nearest first, without the row itself.</returns>
    public static (int Row, double Distance)[][] Find(IReadOnlyList<ReadOnlyMemory<float>> rows, int k, CancellationToken cancel)
    {
        int n = rows.Count, d = rows[0].Length;
        using var index = new FlatIndex(d, MetricKind.SquaredL2);
        for (int i = 0; i < n; i++) index.Add(i, rows[i].Span);
        var found = new (int, double)[n][];
        float[] queries = new float[Batch * d];
        var hits = new Neighbor[Batch * (k + 1)];
        var counts = new int[Batch];
        for (int start = 0; start < n; start += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            int size = Math.Min(Batch, n - start);
            for (int i = 0; i < size; i++) rows[start + i].Span.CopyTo(queries.AsSpan(i * d));
            index.Search(queries.AsSpan(0, size * d), hits.AsSpan(0, size * (k + 1)), counts.AsSpan(0, size), threads: Environment.ProcessorCount);
            for (int i = 0; i < size; i++)
            {
                // where more rows than k equal this one, it may not be among the hits itself
                found[start + i] = [.. hits.AsSpan(i * (k + 1), counts[i]).ToArray().Where(hit => hit.Id != start + i).Take(k).Select(hit => ((int)hit.Id, Math.Sqrt(Math.Max(0, -(double)hit.Score))))];
            }
        }

        return found;
    }

    /// <summary>As <see cref="Find"/>, but of many rows nearly all: they are looked for in the inverted lists nearest to a row. The same on any number of cores.</summary>
    public static (int Row, double Distance)[][] FindMost(IReadOnlyList<ReadOnlyMemory<float>> rows, int k, CancellationToken cancel)
    {
        if (rows.Count <= MostExact) return Find(rows, k, cancel);
        using var index = IvfIndex.Build(rows, [.. Enumerable.Range(0, rows.Count).Select(i => (long)i)], new Float32Codec(rows[0].Length, MetricKind.SquaredL2), cancel: cancel);
        index.Nprobe = Math.Min(Lists, index.Lists);
        var found = new (int, double)[rows.Count][];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var hits = new Neighbor[k + 1];
            int count = index.Search(rows[i].Span, hits);
            found[i] = [.. hits.Take(count).Where(hit => hit.Id != i).Take(k).Select(hit => ((int)hit.Id, Math.Sqrt(Math.Max(0, -(double)hit.Score))))];
        });
        return found;
    }
}
