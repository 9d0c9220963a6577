using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Indexes;

/// <content>Many vectors at once, over several cores.</content>
public sealed unsafe partial class HnswIndex
{
    /// <summary>Builds an index of many vectors at once, over several cores.</summary>
    /// <param name="rows">The vectors, each of shape [dimensions], finite.</param>
    /// <param name="ids">Their ids, all different; 0, 1, 2, … when null.</param>
    /// <param name="metric">How likeness is scored.</param>
    /// <param name="options">How it is built; the defaults when null.</param>
    /// <param name="threads">Cores to use, all when 0. On one, the same input gives the same graph.</param>
    /// <param name="progress">Told how many vectors are linked.</param>
    /// <param name="cancel">Stops the building.</param>
    /// <exception cref="ArgumentException">There are no vectors, a shape is wrong, a component is not finite, or an id stands twice.</exception>
    public static HnswIndex Build(
        IReadOnlyList<ReadOnlyMemory<float>> rows,
        IReadOnlyList<long>? ids = null,
        MetricKind metric = MetricKind.Cosine,
        HnswOptions? options = null,
        int threads = 0,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("There are no vectors.", nameof(rows));
        if (ids is not null && ids.Count != rows.Count) throw new ArgumentException($"{ids.Count} ids for {rows.Count} vectors.", nameof(ids));
        var index = new HnswIndex(rows[0].Length, metric, options);
        try
        {
            index._graph.Reserve(rows.Count);
            for (int i = 0; i < rows.Count; i++) index.Place(ids?[i] ?? i, rows[i].Span, nameof(rows));
            index.LinkAll(threads, progress, cancel);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private void LinkAll(int threads, IProgress<int>? progress, CancellationToken cancel)
    {
        int next = 0, done = 0, count = _graph.Count;
        int workers = threads > 0 ? threads : Environment.ProcessorCount;
        var first = Rent();
        _graph.Insert(next++, first);
        _scratches.Give(first);
        if (workers == 1) Work();
        else Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, _ => Work());

        cancel.ThrowIfCancellationRequested();
        ReachAll();

        void Work()
        {
            var scratch = Rent();
            for (int node = Interlocked.Increment(ref next) - 1; node < count; node = Interlocked.Increment(ref next) - 1)
            {
                if (cancel.IsCancellationRequested) break;
                _graph.Insert(node, scratch);
                int told = Interlocked.Increment(ref done);
                if ((told & 1023) == 0) progress?.Report(told);
            }

            _scratches.Give(scratch);
        }
    }
}
