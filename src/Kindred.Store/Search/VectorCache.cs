using System.Runtime.InteropServices;
using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>
/// The store's vectors in an index, held for as long as the store is open and brought up to date by each search. A chunk's id is never
/// used again and its vector never changes, so comparing the two sets of ids is all it takes. A large store keeps the index in a side
/// file; that file is believed only if the store itself records its header, checksum included: one that is cut, broken, or was not made from this
/// very store (a copy was restored since) is made anew.
/// </summary>
internal sealed class VectorCache(string path, int dimensions, long threshold) : IDisposable
{
    private const string HeaderKey = "vectors_header";

    private readonly ReaderWriterLockSlim _lock = new();
    private FlatIndex? _index;
    private long _generation = -1;
    private long _highest;
    private long _saved = -1;      // rows in the side file, -1 when there is none to rely on
    private long _changedSince;    // rows added and removed since then

    public string SideFile => path + "-vectors";

    /// <summary>Searches the state of the store that the connection's snapshot sees.</summary>
    /// <returns>False when the index is ahead of that snapshot: take a newer one.</returns>
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
                if (_generation == generation && _index is not null)
                {
                    var found = new Neighbor[(int)Math.Min(k, Math.Min(filter?.Count ?? long.MaxValue, _index.Count))];
                    int n = found.Length == 0 ? 0 : _index.Search(query, found, filter);
                    hits = n == found.Length ? found : found[..n];
                    return true;
                }
            }
            finally
            {
                _lock.ExitReadLock();
            }
            _lock.EnterWriteLock();
            try
            {
                if (_generation < generation || _index is null) Refresh(snapshot, generation);
            }
            finally
            {
                _lock.ExitWriteLock();
            }
        }
    }

    public void Dispose()
    {
        _lock.EnterWriteLock();
        try
        {
            _index?.Dispose();
            _index = null;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
        _lock.Dispose();
    }

    private static long Generation(SqliteConnection snapshot) => StoreFile.Scalar(snapshot, "SELECT value FROM meta WHERE key = 'generation'");

    private void Refresh(SqliteConnection snapshot, long generation)
    {
        bool complete = false;
        try
        {
            if (_index is null)
            {
                _index = OpenSideFile(snapshot) ?? new FlatIndex(dimensions, MetricKind.Cosine);
                _changedSince = 0;
                Compare(snapshot, _index);
            }
            else if (!Append(snapshot, _index))
                Compare(snapshot, _index);
            _generation = generation;
            complete = true;
        }
        catch (ArgumentException e)
        {
            throw new StoreCorruptException(path, $"a stored vector is unusable: {e.Message}", e);
        }
        finally
        {
            if (!complete)
            {
                _index?.Dispose();
                _index = null;
                _generation = -1;
                _saved = -1;
            }
        }
        if (_index!.Count >= threshold && (_saved < 0 || _changedSince > Math.Max(1024, _saved / 8))) SaveSideFile(_index);
    }

    /// <summary>The usual case: nothing was removed, the new chunks have higher ids. False when there is more to do.</summary>
    private bool Append(SqliteConnection snapshot, FlatIndex index)
    {
        // the plus keeps SQLite from walking the table, vectors and all: the ids stand in a small index too
        using var count = new Statement(snapshot, "SELECT count(*) FROM chunks WHERE +id <= @highest", "@highest");
        if (count.Number(_highest) != index.Count) return false;
        AddFrom(snapshot, index, _highest + 1, null);
        return true;
    }

    /// <summary>Removes what the store no longer has and adds what the index lacks.</summary>
    private void Compare(SqliteConnection snapshot, FlatIndex index)
    {
        var extra = new HashSet<long>();
        foreach (long id in index.Ids) extra.Add(id);
        var missing = new HashSet<long>();
        long lowest = long.MaxValue;
        using (var all = new Statement(snapshot, "SELECT id FROM chunks"))
        using (var rows = all.Read())
            while (rows.Read())
            {
                long id = rows.GetInt64(0);
                if (extra.Remove(id)) continue;
                missing.Add(id);
                lowest = Math.Min(lowest, id);
            }
        foreach (long id in extra) index.Remove(id);
        _changedSince += extra.Count;
        if (missing.Count > 0) AddFrom(snapshot, index, lowest, missing);
        _highest = StoreFile.Scalar(snapshot, "SELECT max(id) FROM chunks");
    }

    private void AddFrom(SqliteConnection snapshot, FlatIndex index, long first, HashSet<long>? only)
    {
        using var some = new Statement(snapshot, "SELECT id, vector FROM chunks WHERE id >= @first ORDER BY id", "@first");
        using var rows = some.Read(first);
        while (rows.Read())
        {
            long id = rows.GetInt64(0);
            if (only is null || only.Contains(id))
            {
                // straight from SQLite's page: no array for each of a million vectors
                var blob = SQLitePCL.raw.sqlite3_column_blob(rows.Handle!, 1);
                if (blob.Length != dimensions * sizeof(float)) throw new StoreCorruptException(path, $"the vector of chunk {id} has {blob.Length} bytes");
                index.Add(id, MemoryMarshal.Cast<byte, float>(blob));
                _changedSince++;
            }
            _highest = Math.Max(_highest, id);
        }
    }

    private FlatIndex? OpenSideFile(SqliteConnection snapshot)
    {
        _saved = -1;
        _highest = 0;
        try
        {
            if (!File.Exists(SideFile)) return null;
            using var known = new Statement(snapshot, "SELECT value FROM meta WHERE key = @key", "@key");
            using (var row = known.Read(HeaderKey))
                if (!row.Read() || row.GetValue(0) is not string header || header != Header()) return null;
            var index = FlatIndex.Open(SideFile);
            if (index.Dimensions != dimensions)
            {
                index.Dispose();
                return null;
            }
            _saved = index.Count;
            return index;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            return null;   // a cache: whatever is wrong with it, the store has the vectors
        }
    }

    private void SaveSideFile(FlatIndex index)
    {
        _saved = index.Count;   // also when it fails: not tried again at each search
        _changedSince = 0;
        try
        {
            index.Save(SideFile);
            using var connection = StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: false);
            using var put = new Statement(connection, "INSERT INTO meta(key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value", "@key", "@value");
            put.Run(HeaderKey, Header());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            // no room, no right, or a writer at work: the next one to open the store builds the index from the store
        }
    }

    /// <summary>The file's header: the number of rows and a checksum of them all, which opening the file compares with the rows.</summary>
    private string Header()
    {
        Span<byte> header = stackalloc byte[64];
        using var file = new FileStream(SideFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return Convert.ToHexStringLower(header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)]);
    }
}
