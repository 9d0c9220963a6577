using System.Runtime.InteropServices;
using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>
/// The store's vectors, held for as long as the store is open and brought up to date by each search: a chunk's id is never used again and its
/// vector never changes, so the chunks of higher ids and the removal log are all there is to read. A small store is compared row by row. A large
/// one has a graph, which is made in the background; what came since stands beside it and is compared row by row, until that is
/// an eighth and a new graph is made. Searches and writes never wait for one being made.
/// </summary>
internal sealed class VectorCache : IDisposable
{
    /// <summary>A graph is made anew when a so-manieth of it has come or gone.</summary>
    private const int RenewShare = 8;

    /// <summary>Share of the ten nearest that the graph is to find of its own vectors, so that questions find 0.95.</summary>
    private const double Recall = 0.97;

    private readonly string _path;
    private readonly int _dimensions;
    private readonly long _graphFrom;
    private readonly GraphFile _file;
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private HnswIndex? _graph;
    private FlatIndex? _recent;           // all that the graph lacks
    private GraphMark _mark;              // how far the two have come
    private long _generation = -1;
    private long _hidden;                 // removed from the graph since it was made
    private List<long>? _removed;         // removed since the graph that is being made was begun
    private Task _making = Task.CompletedTask;
    private long _tried;                  // vectors there were when a graph was last begun

    public VectorCache(string path, int dimensions, long graphFrom)
    {
        (_path, _dimensions, _graphFrom) = (path, dimensions, graphFrom);
        _file = new GraphFile(path, dimensions);
    }

    private long Count => (_graph?.Count ?? 0) + _recent!.Count;

    /// <summary>Whether a new graph would pay.</summary>
    private bool Due
    {
        get
        {
            if (_recent is null || Count < _graphFrom) return false;
            long few = Math.Max(_graphFrom, _graph?.Count ?? 0) / RenewShare;
            return _graph is null || _recent.Count > few || _hidden > few;
        }
    }

    /// <summary>Searches the state of the store that the connection's snapshot sees.</summary>
    /// <returns>False when the vectors are ahead of that snapshot: take a newer one.</returns>
    public bool TrySearch(SqliteConnection snapshot, ReadOnlySpan<float> query, int k, IdSet? filter, out Neighbor[] hits)
    {
        hits = [];
        long generation = Generation(snapshot);
        while (true)
        {
            _lock.EnterReadLock();
            try
            {
                if (_generation > generation) return false;
                if (_generation == generation && _recent is not null)
                {
                    hits = Find(query, k, filter);
                    return true;
                }
            }
            finally
            {
                _lock.ExitReadLock();
            }

            Refresh(snapshot, generation, makeGraph: true);
        }
    }

    /// <summary>Brings the vectors up to date without searching; those of a store that is too small for a graph need not be read.</summary>
    public void Refresh(SqliteConnection snapshot)
    {
        if (StoreFile.Scalar(snapshot, "SELECT count(*) FROM chunks") >= _graphFrom) Refresh(snapshot, Generation(snapshot), makeGraph: false);
    }

    /// <summary>Makes the graph if one is due, and waits for it.</summary>
    /// <param name="progress">Told how many vectors are linked.</param>
    /// <param name="cancel">Stops the making.</param>
    public void MakeGraph(IProgress<int>? progress, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stop.Token);
        while (true)
        {
            Task making;
            _lock.EnterWriteLock();
            try
            {
                if (_making.IsCompleted)
                {
                    if (!Due) return;
                    Start(Environment.ProcessorCount, progress, either.Token);
                }

                making = _making;
            }
            finally
            {
                _lock.ExitWriteLock();
            }

            making.WaitAsync(cancel).GetAwaiter().GetResult();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            _making.Wait();
        }
        catch (AggregateException)
        {
            // stopped, or failed: the graph is made again another time
        }

        Forget();
        _lock.Dispose();
        _stop.Dispose();
    }

    private static long Generation(SqliteConnection snapshot) => StoreFile.Scalar(snapshot, "SELECT value FROM meta WHERE key = 'generation'");

    private Neighbor[] Find(ReadOnlySpan<float> query, int k, IdSet? filter)
    {
        var hits = new Neighbor[(int)Math.Min(k, Math.Min(filter?.Count ?? long.MaxValue, Count))];
        if (hits.Length == 0) return hits;
        int found = _recent!.Search(query, hits, filter);
        if (_graph is null) return hits[..found];
        var more = new Neighbor[hits.Length];
        int far = _graph.Search(query, more, filter);
        return [.. hits[..found].Concat(more[..far]).OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id).Take(k)];
    }

    private void Refresh(SqliteConnection snapshot, long generation, bool makeGraph)
    {
        _lock.EnterWriteLock();
        try
        {
            if (_recent is null || _generation < generation)
            {
                bool complete = false;
                try
                {
                    if (_recent is null) Open(snapshot);
                    RemoveGone(snapshot);
                    AddNew(snapshot);
                    _generation = generation;
                    complete = true;
                }
                catch (ArgumentException e)
                {
                    throw new StoreCorruptException(_path, $"a stored vector is unusable: {e.Message}", e);
                }
                finally
                {
                    if (!complete) Forget();
                }
            }

            // the rest of the cores is for those who search and write; what failed is tried again once much has changed
            bool again = !_making.IsFaulted || Math.Abs(Count - _tried) > _tried / RenewShare;
            if (makeGraph && again && _making.IsCompleted && Due && !_stop.IsCancellationRequested) Start(Math.Max(1, Environment.ProcessorCount / 2), null, _stop.Token);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private void Start(int threads, IProgress<int>? progress, CancellationToken cancel) => _making = Task.Run(() => Make(threads, progress, cancel), cancel);

    private void Open(SqliteConnection snapshot)
    {
        _recent = new FlatIndex(_dimensions, MetricKind.Cosine);
        if (_file.Open(snapshot) is { } opened) (_graph, _mark) = opened;
        else _mark = new GraphMark(0, StoreFile.Scalar(snapshot, "SELECT max(line) FROM removed_chunks"));
        (_hidden, _tried) = (0, _graph?.Count ?? 0);
    }

    private void Forget()
    {
        _graph?.Dispose();
        _recent?.Dispose();
        (_graph, _recent, _generation) = (null, null, -1);
    }

    private void RemoveGone(SqliteConnection snapshot)
    {
        using var ends = new Statement(snapshot, "SELECT min(line), max(line) FROM removed_chunks");
        long first, last;
        using (var row = ends.Read())
        {
            if (!row.Read() || row.IsDBNull(0)) return;
            (first, last) = (row.GetInt64(0), row.GetInt64(1));
        }

        if (last <= _mark.Removal) return;
        if (first > _mark.Removal + 1) RemoveAllBut(Ids(snapshot));   // the log no longer goes back so far
        else
        {
            using var gone = new Statement(snapshot, "SELECT chunk FROM removed_chunks WHERE line > @line", "@line");
            using var rows = gone.Read(_mark.Removal);
            while (rows.Read()) Remove(rows.GetInt64(0));
        }

        _mark = _mark with { Removal = last };
    }

    private void RemoveAllBut(IdSet stored)
    {
        foreach (long id in Held())
            if (!stored.Contains(id)) Remove(id);
    }

    private static IdSet Ids(SqliteConnection snapshot)
    {
        var ids = new IdSet();
        using var all = new Statement(snapshot, "SELECT id FROM chunks");
        using var rows = all.Read();
        while (rows.Read()) ids.Add(rows.GetInt64(0));
        return ids;
    }

    private long[] Held() => [.. _graph?.Ids ?? [], .. _recent!.Ids];

    private void Remove(long id)
    {
        if (_graph?.Hide(id) == true) _hidden++;
        else if (!_recent!.Remove(id)) return;
        _removed?.Add(id);
    }

    private void AddNew(SqliteConnection snapshot)
    {
        using var some = new Statement(snapshot, "SELECT id, vector FROM chunks WHERE id > @highest ORDER BY id", "@highest");
        using var rows = some.Read(_mark.Highest);
        while (rows.Read())
        {
            long id = rows.GetInt64(0);

            // straight from SQLite's page: no array for each of a million vectors
            var blob = SQLitePCL.raw.sqlite3_column_blob(rows.Handle!, 1);
            if (blob.Length != _dimensions * sizeof(float)) throw new StoreCorruptException(_path, $"the vector of chunk {id} has {blob.Length} bytes");
            _recent!.Add(id, MemoryMarshal.Cast<byte, float>(blob));
            _mark = _mark with { Highest = id };
        }
    }

    /// <summary>Makes a graph of all that is held, saves it, and puts it in the old one's place.</summary>
    private void Make(int threads, IProgress<int>? progress, CancellationToken cancel)
    {
        long[] ids;
        GraphMark mark;
        List<long> removed = [];
        _lock.EnterWriteLock();
        try
        {
            if (_recent is null) return;
            (ids, mark, _removed, _tried) = (Held(), _mark, removed, Count);
        }
        finally
        {
            _lock.ExitWriteLock();
        }

        var next = Renew(ids, progress, cancel) ?? HnswIndex.Build(new Rows(this, ids), ids, MetricKind.Cosine, threads: threads, progress: progress, cancel: cancel);
        try
        {
            next.Calibrate(Recall, sample: 200, cancel: cancel);
            _file.TrySave(next, mark);   // if it fails, the graph serves for as long as the store is open
            if (TryReplace(next, mark, removed)) return;
        }
        catch
        {
            next.Dispose();
            throw;
        }

        next.Dispose();
    }

    /// <summary>Puts a graph in the old one's place.</summary>
    /// <returns>False when the vectors have been dropped in the meantime, after an error.</returns>
    private bool TryReplace(HnswIndex next, GraphMark mark, List<long> removed)
    {
        _lock.EnterWriteLock();
        try
        {
            if (!ReferenceEquals(_removed, removed) || _recent is null) return false;
            foreach (long id in removed) next.Hide(id);
            var recent = new FlatIndex(_dimensions, MetricKind.Cosine);
            float[] row = new float[_dimensions];
            foreach (long id in _recent.Ids)
                if (id > mark.Highest && _recent.TryGetVector(id, row)) recent.Add(id, row);
            _graph?.Dispose();
            _recent.Dispose();
            (_graph, _recent, _hidden, _removed) = (next, recent, removed.Count, null);
            return true;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>The graph of the file with what came and went since; null when there is no file to go on from.</summary>
    private HnswIndex? Renew(long[] ids, IProgress<int>? progress, CancellationToken cancel)
    {
        using var connection = StoreFile.Open(_path, SqliteOpenMode.ReadWrite, queryOnly: true);
        if (_file.Open(connection) is not { } opened) return null;
        var graph = opened.Graph;
        try
        {
            // another process may have saved a later one: what it knows beyond ours goes, and comes back as new
            var held = new IdSet();
            foreach (long id in ids) held.Add(id);
            long[] known = [.. graph.Ids];
            if (known.Count(held.Contains) < ids.Length / 2)
            {
                graph.Dispose();
                return null;
            }

            foreach (long id in known)
                if (!held.Contains(id)) graph.Hide(id);
            float[] row = new float[_dimensions];
            for (int i = 0; i < ids.Length; i++)
            {
                cancel.ThrowIfCancellationRequested();
                if (!graph.Contains(ids[i]) && TryCopy(ids[i], row)) graph.Add(ids[i], row);
                if ((i & 1023) == 0) progress?.Report(i);
            }

            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private bool TryCopy(long id, float[] row)
    {
        _lock.EnterReadLock();
        try
        {
            return _graph?.TryGetVector(id, row) == true || _recent?.TryGetVector(id, row) == true;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>The vectors of some ids, one at a time; one that was removed meanwhile is given as it was, or as the one before it: it will be taken out.</summary>
    private sealed class Rows(VectorCache cache, long[] ids) : IReadOnlyList<ReadOnlyMemory<float>>
    {
        private readonly float[] _row = new float[cache._dimensions];

        public int Count => ids.Length;

        public ReadOnlyMemory<float> this[int index]
        {
            get
            {
                cache.TryCopy(ids[index], _row);
                return _row;
            }
        }

        public IEnumerator<ReadOnlyMemory<float>> GetEnumerator()
        {
            for (int i = 0; i < ids.Length; i++) yield return this[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
