using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>Reading connections, kept for the next reader. Each sees one state of the store from its first statement to its last.</summary>
internal sealed class StoreReaders(string path) : IDisposable
{
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _disposed;

    /// <summary>Runs a read inside one snapshot. Writers are not held up by it, nor it by them.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(KindredStore));
        SqliteConnection? connection = null;
        bool sound = false;
        try
        {
            if (!_idle.TryTake(out connection)) connection = StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: true);
            StoreFile.Execute(connection, "BEGIN");
            try
            {
                var result = read(connection);
                sound = true;
                return result;
            }
            finally
            {
                StoreFile.TryRollback(connection);
            }
        }
        catch (SqliteException e)
        {
            throw StoreErrors.From(e, path, TimeSpan.FromSeconds(10));
        }
        catch (JsonException e)
        {
            throw new StoreCorruptException(path, $"the fields of a document are no JSON: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        finally
        {
            // one that failed is not trusted again, and one that takes the file for unchanging must not outlive the read it was opened for
            if (sound && !_disposed && !StoreFile.IsUnchanging(connection!)) _idle.Add(connection!);
            else connection?.Dispose();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }
}
