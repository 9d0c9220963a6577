using System.Diagnostics;
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
            await BeginAsync(_connection, cancel).ConfigureAwait(false);
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

    private async Task BeginAsync(SqliteConnection connection, CancellationToken cancel)
    {
        using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        begin.CommandTimeout = 1;   // tried again below, so that cancelling need not wait for the whole patience
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                begin.ExecuteNonQuery();
                return;
            }
            catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6 && Stopwatch.GetElapsedTime(start) < patience)
            {
                await Task.Yield();
            }
        }
    }

    private void Close()
    {
        _statements?.Dispose();
        _connection?.Dispose();
        _statements = null;
        _connection = null;
    }
}
