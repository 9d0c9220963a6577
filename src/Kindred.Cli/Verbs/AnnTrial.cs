using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>Measures every choice of index and quantiser on some rows, each from little effort to as much as the best recall needs.</summary>
/// <param name="metric">How likeness is scored.</param>
/// <param name="k">Neighbours asked for.</param>
/// <param name="progress">Told how much is done, of how much, and what is in hand.</param>
internal sealed class AnnTrial(MetricKind metric, int k, Action<double, double, string> progress)
{
    /// <summary>Seconds of searching for one point.</summary>
    private const double PointSeconds = 0.1;

    /// <summary>In the order in which they are built; the graph is built once for all its codes.</summary>
    public static IReadOnlyList<(string Index, string Quantizer)> Choices { get; } =
        [("flat", "none"), ("flat", "sq8"), ("flat", "sq4"), ("flat", "rabitq"), ("ivf", "none"), ("ivf", "sq8"), ("ivf", "sq4"), ("ivf", "rabitq"), ("ivf", "pq"), ("hnsw", "none"), ("hnsw", "sq8"), ("hnsw", "rabitq")];

    /// <param name="rows">The vectors to search.</param>
    /// <param name="queries">None of them among the rows.</param>
    /// <param name="enough">No choice is given more effort when it has reached this recall.</param>
    /// <param name="until">Which choices have time left.</param>
    /// <param name="cancel">Stops the measuring.</param>
    public List<AnnPoint> Run(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> queries, double enough, Func<bool> until, CancellationToken cancel)
    {
        int wanted = Math.Min(k, rows.Count);
        int[][] truth = AnnRecall.Truth(rows, queries, metric, wanted, (_, _, _) => { }, cancel);
        var share = new AnnRecall(rows, queries, metric, truth, wanted);
        List<AnnPoint> points = [];
        AnnContender? graph = null;
        try
        {
            for (int c = 0; c < Choices.Count; c++)
            {
                var (index, quantizer) = Choices[c];
                if (!until()) break;
                progress(c, Choices.Count, $"{index} {quantizer}, {rows.Count} vectors");
                var settings = new AnnSettings(index, quantizer, metric, Environment.ProcessorCount);
                if (graph is not null && index == "hnsw")
                {
                    graph = AnnContender.Coded(graph, settings, rows, cancel);
                    Measure(graph, settings);
                    continue;
                }

                var contender = AnnContender.Build(settings, rows, (_, _, _) => { }, cancel) with { LeastSeconds = PointSeconds };
                if (index == "hnsw") graph = contender;
                try
                {
                    Measure(contender, settings);
                }
                finally
                {
                    if (index != "hnsw") contender.Dispose();
                }
            }
        }
        finally
        {
            graph?.Dispose();
        }

        return points;

        void Measure(AnnContender contender, AnnSettings settings)
        {
            int[] efforts = contender.Efforts.Length == 0 ? [0] : contender.Efforts;
            foreach (int effort in efforts)
            {
                var (hits, qps) = contender.Measure(queries, wanted, effort, 1, (_, _, _) => { }, cancel);
                double found = share.Of(hits);
                points.Add(new AnnPoint(settings.Index, settings.Quantizer, effort, found, qps, contender.BytesPerVector, contender.BuildSeconds, rows.Count));
                if (found >= enough) break;
            }
        }
    }

    /// <summary>Of each choice the point that reaches a recall with the least effort.</summary>
    public static List<AnnPoint> Reaching(IEnumerable<AnnPoint> points, double recall) =>
        [.. points.Where(p => p.Recall >= recall).GroupBy(p => p.Choice).Select(choice => choice.MaxBy(p => p.QueriesPerSecond)!)];

    /// <summary>Queries a second of a choice at a recall: of the points that reach it, and of the lines from a point below to one above, the best; null where none does.</summary>
    public static double? SpeedAt(IEnumerable<AnnPoint> points, string choice, double recall)
    {
        AnnPoint[] own = [.. points.Where(p => p.Choice == choice)];
        double best = 0;
        foreach (var above in own.Where(p => p.Recall >= recall))
        {
            best = Math.Max(best, above.QueriesPerSecond);
            foreach (var below in own.Where(p => p.Recall < recall))
                best = Math.Max(best, above.QueriesPerSecond * Math.Pow(below.QueriesPerSecond / above.QueriesPerSecond, (above.Recall - recall) / (above.Recall - below.Recall)));
        }

        return best > 0 ? best : null;
    }
}
