using System.Diagnostics;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Cli.Verbs;

/// <summary>An index under measurement.</summary>
/// <param name="Index">Holds row i of the base under the id i.</param>
/// <param name="BuildSeconds">From the rows in memory to an index that can be searched.</param>
/// <param name="BytesPerVector">Memory that the index keeps.</param>
/// <param name="Efforts">What is measured when the user names no --ef, from little to much; empty for an index that has nothing to set.</param>
/// <param name="Search">Finds the neighbours of a query with such an effort (ef, lists looked into, or times k that are scored again).</param>
internal sealed record AnnContender(IVectorIndex Index, double BuildSeconds, double BytesPerVector, int[] Efforts, AnnContender.SearchWith Search) : IDisposable
{
    /// <summary>Passes over all queries go on until this much time has been measured.</summary>
    public double LeastSeconds { get; init; } = 1;

    private const int MostPasses = 5;

    /// <summary>Past the calls after which the runtime compiles anew.</summary>
    private const int WarmUp = 100;

    public delegate int SearchWith(int effort, ReadOnlySpan<float> query, Span<Neighbor> hits);

    public static AnnContender Build(AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, Action<double, double, string> progress, CancellationToken cancel) => settings.Index switch
    {
        "flat" => Flat(settings, rows, progress, cancel),
        "hnsw" => Hnsw(settings, rows, progress, cancel),
        _ => Ivf(settings, rows, cancel),
    };

    /// <summary>Searches for all queries, several times over.</summary>
    /// <returns>For each query the rows found, and queries a second in the median pass.</returns>
    public (long[][] Hits, double QueriesPerSecond) Measure(IReadOnlyList<ReadOnlyMemory<float>> queries, int k, int effort, int threads, Action<double, double, string> progress, CancellationToken cancel)
    {
        long[][] found = new long[queries.Count][];
        var hits = new Neighbor[threads][];
        for (int t = 0; t < threads; t++) hits[t] = new Neighbor[k];
        var warming = Stopwatch.StartNew();
        for (int i = 0; i < WarmUp && warming.Elapsed.TotalSeconds < LeastSeconds; i++) Search(effort, queries[i % queries.Count].Span, hits[0]);

        List<double> passes = [];
        while (passes.Count == 0 || (passes.Sum() < LeastSeconds && passes.Count < MostPasses))
        {
            int next = -1;
            var clock = Stopwatch.StartNew();
            var others = new Thread[threads - 1];
            Exception? failure = null;
            for (int t = 1; t < threads; t++)
            {
                var own = hits[t];
                others[t - 1] = new Thread(() => Guarded(own));
                others[t - 1].Start();
            }

            Guarded(hits[0]);
            foreach (var thread in others) thread.Join();
            passes.Add(clock.Elapsed.TotalSeconds);
            if (failure is OperationCanceledException) cancel.ThrowIfCancellationRequested();
            if (failure is not null) throw failure;
            progress(passes.Sum(), LeastSeconds, "");

            // an error in a thread of its own would end the whole program
            void Guarded(Neighbor[] own)
            {
                try
                {
                    for (int q; (q = Interlocked.Increment(ref next)) < queries.Count;)
                    {
                        cancel.ThrowIfCancellationRequested();
                        int count = Search(effort, queries[q].Span, own);
                        if (passes.Count > 0) continue;
                        long[] ids = new long[count];
                        for (int i = 0; i < count; i++) ids[i] = own[i].Id;
                        found[q] = ids;
                    }
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }
        }

        passes.Sort();
        return (found, queries.Count / passes[passes.Count / 2]);
    }

    public void Dispose() => Index.Dispose();

    private static AnnContender Flat(AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, Action<double, double, string> progress, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var index = new FlatIndex(rows[0].Length, settings.Metric);
        try
        {
            for (int i = 0; i < rows.Count; i++)
            {
                if (i % 1024 == 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    progress(i, rows.Count, "");
                }

                index.Add(i, rows[i].Span);
            }

            if (settings.Quantizer == "none") return new AnnContender(index, clock.Elapsed.TotalSeconds, index.MemoryBytes / (double)rows.Count, [], (_, query, hits) => index.Search(query, hits));
            index.Quantize(Codec(settings, rows, rows, cancel));
            double seconds = clock.Elapsed.TotalSeconds;
            var opened = OnDisk(index, FlatIndex.Open);
            int set = 0;
            return new AnnContender(opened, seconds, opened.MemoryBytes / (double)rows.Count, [1, 2, 4, 8, 16, 32, 64, 128], (rescore, query, hits) =>
            {
                // all threads of a pass ask with the same effort
                if (Interlocked.Exchange(ref set, rescore) != rescore) opened.Rescore = rescore;
                return opened.Search(query, hits);
            });
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static AnnContender Hnsw(AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, Action<double, double, string> progress, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var index = HnswIndex.Build(rows, metric: settings.Metric, threads: settings.Threads, progress: new Told<int>(done => progress(done, rows.Count, "")), cancel: cancel);
        try
        {
            if (settings.Quantizer != "none") index.Quantize(Codec(settings, rows, rows, cancel));
            double seconds = clock.Elapsed.TotalSeconds;
            return new AnnContender(index, seconds, index.BytesPerVector, [10, 20, 40, 80, 120, 160, 200, 260, 400, 600], (ef, query, hits) => index.Search(query, hits, ef));
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static AnnContender Ivf(AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        // the index trains a codec of its own, on what is left after its centroids
        var codec = Codec(settings, rows, [.. rows.Take(256)], cancel);
        var rescorer = codec.IsExact ? null : new Float32Codec(codec.Dimensions, codec.Metric);
        var index = IvfIndex.Build(rows, [.. Enumerable.Range(0, rows.Count).Select(i => (long)i)], codec, new IvfOptions { Rescorer = rescorer }, cancel);
        double seconds = clock.Elapsed.TotalSeconds;
        if (rescorer is not null) index = OnDisk(index, IvfIndex.Open);
        int[] probes = [.. new[] { 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 256 }.Where(n => n <= index.Lists)];
        int set = 0;
        return new AnnContender(index, seconds, index.MemoryBytes / (double)rows.Count, probes, (nprobe, query, hits) =>
        {
            // all threads of a pass ask with the same effort
            if (Interlocked.Exchange(ref set, nprobe) != nprobe) index.Nprobe = Math.Min(nprobe, index.Lists);
            return index.Search(query, hits);
        });
    }

    /// <summary>The same index in a file of its own: its vectors stay there, and only those that are scored again are read.</summary>
    public static TIndex OnDisk<TIndex>(TIndex index, Func<string, TIndex> open)
        where TIndex : IVectorIndex
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.index");
        try
        {
            using (index) index.Save(path);
            return open(path);
        }
        finally
        {
            // an open file lives on without its name
            if (!OperatingSystem.IsWindows()) File.Delete(path);
        }
    }

    /// <summary>The graph of a contender walked by codes; what it was before is gone.</summary>
    public static AnnContender Coded(AnnContender graph, AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var index = (HnswIndex)graph.Index;
        index.Quantize(Codec(settings, rows, rows, cancel));
        return graph with { BuildSeconds = graph.BuildSeconds + clock.Elapsed.TotalSeconds, BytesPerVector = index.BytesPerVector };
    }

    public static VectorCodec Codec(AnnSettings settings, IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> sample, CancellationToken cancel)
    {
        int dimensions = rows[0].Length;
        return settings.Quantizer switch
        {
            "sq8" => new ScalarCodec(dimensions, settings.Metric, 8),
            "sq4" => new ScalarCodec(dimensions, settings.Metric, 4),
            "rabitq" => RabitqCodec.Train(sample, dimensions, settings.Metric),
            "pq" => ProductCodec.Train(Sample(settings.Metric, sample), dimensions, settings.Metric, Math.Max(1, dimensions / 4), cancel: cancel),
            _ => new Float32Codec(dimensions, settings.Metric),
        };
    }

    /// <summary>Up to 65,536 rows, under cosine at the length that an index gives them.</summary>
    private static List<ReadOnlyMemory<float>> Sample(MetricKind metric, IReadOnlyList<ReadOnlyMemory<float>> rows)
    {
        var sample = new List<ReadOnlyMemory<float>>();
        int step = Math.Max(1, rows.Count / 65_536);
        for (int i = 0; i < rows.Count; i += step)
        {
            float[] row = rows[i].ToArray();
            if (metric == MetricKind.Cosine) Kindred.Vectors.Metrics.Metric.Normalize(row);
            sample.Add(row);
        }

        return sample;
    }
}
