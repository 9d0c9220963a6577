using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>
/// How many of the k true neighbours were found. A hit as near as the k-th true neighbour is right whatever its row, so that vectors which
/// stand in the base several times count for each other; a row found twice counts once.
/// </summary>
internal sealed class AnnRecall(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> queries, MetricKind metric, int[][] truth, int k)
{
    /// <summary>Relative rounding error allowed between two ways to compute a score.</summary>
    private const float Rounding = 1e-6f;

    /// <summary>The nearest rows of every query, by comparing it with every row.</summary>
    /// <returns>Shape [queries][k], nearest first.</returns>
    public static int[][] Truth(IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> queries, MetricKind metric, int k, Action<double, double, string> progress, CancellationToken cancel)
    {
        using var flat = AnnContender.Build(new AnnSettings("flat", "none", metric, 1), rows, progress, cancel);
        int[][] truth = new int[queries.Count][];
        int done = 0;
        Parallel.For(0, queries.Count, new ParallelOptions { CancellationToken = cancel }, q =>
        {
            var hits = new Neighbor[k];
            flat.Search(0, queries[q].Span, hits);
            truth[q] = [.. hits.Select(hit => (int)hit.Id)];
            progress(Interlocked.Increment(ref done), queries.Count, "");
        });
        return truth;
    }

    /// <summary>The metric by which the neighbours of a truth file stand in order; Euclid's where several do.</summary>
    public static MetricKind MetricOf(int[][] truth, IReadOnlyList<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> queries)
    {
        const int sample = 50;
        MetricKind[] all = [MetricKind.SquaredL2, MetricKind.Cosine, MetricKind.Dot];
        return all.MinBy(metric =>
        {
            int wrong = 0;
            for (int q = 0; q < Math.Min(sample, truth.Length); q++)
            {
                for (int i = 1; i < truth[q].Length; i++)
                {
                    float before = Score(metric, queries[q].Span, rows[truth[q][i - 1]].Span), score = Score(metric, queries[q].Span, rows[truth[q][i]].Span);
                    if (score > before + Slack(before)) wrong++;
                }
            }

            return wrong;
        });
    }

    /// <param name="hits">For each query the rows found.</param>
    /// <returns>From 0 to 1.</returns>
    public double Of(long[][] hits)
    {
        long right = 0;
        for (int q = 0; q < hits.Length; q++)
        {
            var query = queries[q].Span;
            var nearest = truth[q].AsSpan(0, k);
            float farthest = Score(metric, query, rows[nearest[^1]].Span);
            int found = 0;
            foreach (long row in hits[q].Distinct())
                if (nearest.Contains((int)row) || Score(metric, query, rows[(int)row].Span) >= farthest - Slack(farthest)) found++;
            right += Math.Min(found, k);
        }

        return right / ((double)k * hits.Length);
    }

    private static float Slack(float score) => Rounding * Math.Max(Math.Abs(score), float.Epsilon);

    private static float Score(MetricKind metric, ReadOnlySpan<float> query, ReadOnlySpan<float> row) => metric switch
    {
        MetricKind.Cosine => Metric.Cosine(query, row),
        MetricKind.Dot => Metric.Dot(query, row),
        _ => -Metric.SquaredL2(query, row),
    };
}
