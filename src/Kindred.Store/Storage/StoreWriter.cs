using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>The one writing connection of an open store. Transactions are short; nothing is embedded inside one.</summary>
internal sealed class StoreWriter(string path, TimeSpan patience) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private SqliteConnection? _connection;
    private StoreStatements? _statements;

    /// <summary>Runs changes in one transaction: all of them are there afterwards, or none.</summary>
    /// <param name="change">Makes the changes and says whether there were any.</param>
    /// <param name="cancel">Stops the waiting for the lock, not the change.</param>
    /// <exception cref="StoreBusyException">Another process held the lock for too long.</exception>
    public async Task WriteAsync(Func<StoreStatements, bool> change, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _connection ??= StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: false);
            _statements ??= new StoreStatements(_connection);
            await StoreFile.BeginAsync(_connection, patience, cancel).ConfigureAwait(false);
            bool done = false;
            try
            {
                if (change(_statements))
                {
                    _statements.BumpGeneration();
                    StoreFile.Execute(_connection, "COMMIT");
                    done = true;
                }
            }
            finally
            {
                if (!done) StoreFile.TryRollback(_connection);
            }
        }
        catch (SqliteException e)
        {
            Close();   // whatever state it was left in, the next write starts afresh
            throw StoreErrors.From(e, path, patience);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _one.Wait();   // a write in hand is finished first
        Close();
        _one.Dispose();
    }

    private void Close()
    {
        _statements?.Dispose();
        _connection?.Dispose();
        _statements = null;
        _connection = null;
    }
}
