namespace Kindred.Vectors.Indexes;

/// <content>The default effort, by measurement.</content>
public sealed unsafe partial class HnswIndex
{
    private static readonly int[] Efforts = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    /// <summary>
    /// Sets the candidates that a search keeps by default to the fewest that reach a recall on a sample of the index's own vectors, each looked for without
    /// itself; the truth is found by comparing with every vector. How much is needed differs tenfold from one kind of vectors to another.
    /// </summary>
    /// <param name="recall">Share of the true neighbours wanted, above 0 and under 1. Questions from outside find a little less than vectors of the index.</param>
    /// <param name="k">Neighbours looked for, 1 or more.</param>
    /// <param name="sample">Vectors looked for, 1 or more.</param>
    /// <param name="cancel">Stops the measuring.</param>
    /// <returns>The recall measured; less than wanted where even the greatest effort, 1024, does not reach it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public double Calibrate(double recall, int k = 10, int sample = 100, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(recall, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(recall, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        int[] asked = Sample(sample);
        if (asked.Length == 0) return 1;
        var truth = new Neighbor[asked.Length][];
        var all = new ParallelOptions { CancellationToken = cancel };
        Parallel.For(0, asked.Length, all, i => truth[i] = Others(asked[i], k, int.MaxValue));
        long wanted = truth.Sum(t => (long)t.Length);
        double reached = 0;
        foreach (int ef in Efforts)
        {
            // as near as the last true neighbour counts: of equal vectors it is no matter which are found
            long found = 0;
            Parallel.For(0, asked.Length, all, i => Interlocked.Add(ref found, Others(asked[i], k, ef).Count(hit => hit.Score >= truth[i][^1].Score)));
            reached = found / (double)wanted;
            _options = _options with { Ef = ef };
            if (reached >= recall) break;
        }

        return reached;
    }

    /// <summary>Vectors spread over the index, of the ground level only: those stand on no way to others that starts higher up.</summary>
    private int[] Sample(int most)
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int[] ground = [.. Enumerable.Range(0, _graph.Count).Where(node => _states[node] == State.Live && _graph.Level(node) == 0)];
            int count = _count < 2 ? 0 : Math.Min(most, ground.Length);
            return [.. Enumerable.Range(0, count).Select(i => ground[(int)((i + 0.5) * ground.Length / count)])];
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Finds a vector's neighbours as if it were not in the graph: one that is there leads straight to them.</summary>
    private Neighbor[] Others(int node, int k, int ef)
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var hits = new Neighbor[Math.Min(k + 1, _count)];
            var scratch = Rent();
            scratch.Avoided = ef == int.MaxValue ? -1 : node;
            int found = Search(new ReadOnlySpan<float>(_graph.Row(node), Dimensions), hits, Math.Max(ef, hits.Length), null, scratch);
            scratch.Avoided = -1;
            _scratches.Give(scratch);
            return [.. hits.Take(found).Where(hit => hit.Id != _ids[node]).Take(k)];
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }
}
