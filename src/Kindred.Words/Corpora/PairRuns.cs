namespace Kindred.Words.Corpora;

/// <summary>Runs of pairs in their order, each in a temporary file, and their merging: sums of the same pair are added. Runs may be added by several threads.</summary>
/// <param name="cancel">Stops.</param>
internal sealed class PairRuns(CancellationToken cancel) : IDisposable
{
    private const int MostRuns = 64;
    private const int ReaderItems = 1 << 12;
    private readonly Lock _turn = new();
    private readonly List<SpoolFile> _runs = [];

    /// <summary>How often tables were written.</summary>
    internal int Spills { get; private set; }

    /// <summary>Pairs in all runs: at least as many as there are different ones.</summary>
    internal unsafe long Items => _runs.Sum(run => run.Length / sizeof(PairSum));

    /// <summary>Adds a run.</summary>
    /// <param name="sorted">Pairs in their order, each once.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Add(ReadOnlySpan<PairSum> sorted)
    {
        if (sorted.IsEmpty) return;
        var run = new SpoolFile();
        try
        {
            run.Append(sorted);
        }
        catch
        {
            run.Dispose();
            throw;
        }
        lock (_turn)
        {
            _runs.Add(run);
            Spills++;
            if (_runs.Count > MostRuns) Shrink();
        }
    }

    /// <summary>Gives all pairs in their order, each once with its whole sum; the runs are gone afterwards.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Drain(Action<PairSum> take)
    {
        Merge(_runs, take);
        Dispose();
        _runs.Clear();
    }

    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
    }

    /// <summary>Makes one run of the newest, so that neither open files nor buffers grow in number; the oldest are the largest and are left alone.</summary>
    private void Shrink()
    {
        var some = _runs.GetRange(_runs.Count - MostRuns, MostRuns);
        var one = new SpoolFile();
        _runs.Add(one);
        var buffer = new PairSum[ReaderItems];
        int used = 0;
        Merge(some, pair =>
        {
            buffer[used++] = pair;
            if (used == buffer.Length) Flush();
        });
        Flush();
        _runs.RemoveAll(some.Contains);
        some.ForEach(run => run.Dispose());

        void Flush()
        {
            one.Append<PairSum>(buffer.AsSpan(0, used));
            used = 0;
        }
    }

    private void Merge(List<SpoolFile> runs, Action<PairSum> take)
    {
        var queue = new PriorityQueue<Reader, ulong>(runs.Count);
        foreach (var run in runs)
        {
            var reader = new Reader(run);
            if (reader.Next()) queue.Enqueue(reader, reader.Current.Key);
        }
        PairSum sum = default;
        while (queue.TryPeek(out var least, out _))
        {
            if (least.Current.Key == sum.Key) sum = new PairSum(sum.Key, sum.Sum + least.Current.Sum);
            else
            {
                if (sum.Key != 0) take(sum);
                sum = least.Current;
            }
            if (!least.IsBuffered) cancel.ThrowIfCancellationRequested();
            if (least.Next()) queue.DequeueEnqueue(least, least.Current.Key);
            else queue.Dequeue();
        }
        if (sum.Key != 0) take(sum);
    }

    private sealed unsafe class Reader(SpoolFile run)
    {
        private readonly PairSum[] _buffer = new PairSum[ReaderItems];
        private readonly long _items = run.Length / sizeof(PairSum);
        private long _read;
        private int _at, _filled;

        internal PairSum Current { get; private set; }

        internal bool IsBuffered => _at < _filled;

        internal bool Next()
        {
            if (_at == _filled)
            {
                (_at, _filled) = (0, (int)Math.Min(ReaderItems, _items - _read));
                if (_filled == 0) return false;
                run.Read(_buffer.AsSpan(0, _filled), _read);
                _read += _filled;
            }
            Current = _buffer[_at++];
            return true;
        }
    }
}
