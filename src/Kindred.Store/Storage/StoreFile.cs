using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Kindred.Store.Search;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>Opens and makes store files. A file that is no store is recognised by its first bytes, before SQLite may touch it.</summary>
internal static class StoreFile
{
    private const int HeaderLength = 100;

    private const string Unchanging = "?immutable=1";

    public static string FullPath(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Path.GetFullPath(path);
    }

    /// <summary>Looks at the header: true for a store, false where there is no file yet or an empty one.</summary>
    /// <exception cref="StoreFormatException">Another kind of file, or a newer format.</exception>
    public static bool Exists(string path)
    {
        if (Directory.Exists(path)) throw new StoreFormatException(path, $"{path} is a folder: a store is one file");
        Span<byte> head = stackalloc byte[HeaderLength];
        int read;
        try
        {
            // opening a pipe would wait for ever
            FileSystemInfo info = new FileInfo(path);
            if ((info.ResolveLinkTarget(returnFinalTarget: true) ?? info) is FileInfo { Exists: true, Length: 0 }) return false;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            read = file.ReadAtLeast(head, HeaderLength, throwOnEndOfStream: false);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            throw new StoreException(path, $"the folder of {path} is not there: make it first");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(path, $"{path} cannot be read: check the rights of the file and its folder", e);
        }
        if (read == 0) return false;
        if (read < HeaderLength || !head[..16].SequenceEqual("SQLite format 3\0"u8))
            throw new StoreFormatException(path, $"{path} is no Kindred store: it is not an SQLite file");
        if (BinaryPrimitives.ReadInt32BigEndian(head[68..]) != StoreSchema.ApplicationId)
            throw new StoreFormatException(path, $"{path} is no Kindred store: it is an SQLite database of another program");
        CheckVersion(path, BinaryPrimitives.ReadInt32BigEndian(head[60..]));
        return true;
    }

    public static SqliteConnection Open(string path, SqliteOpenMode mode, bool queryOnly)
    {
        try
        {
            return Connect(path, mode, queryOnly);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 8 or 14 && mode != SqliteOpenMode.ReadWriteCreate && File.Exists(path) && !HasLog(path))
        {
            // On a disk that cannot be written SQLite cannot make the files it shares with other readers. Nobody can be writing there
            // and there is no log to be read with it, so the file is all there is: it may be read as one that does not change.
            return Connect($"file:{Uri.EscapeDataString(path)}{Unchanging}", SqliteOpenMode.ReadOnly, queryOnly);
        }
    }

    /// <summary>Whether a connection was opened as one to a file that nobody changes.</summary>
    public static bool IsUnchanging(SqliteConnection connection) => connection.ConnectionString.Contains(Unchanging, StringComparison.Ordinal);

    private static bool HasLog(string path) => new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };

    private static SqliteConnection Connect(string source, SqliteOpenMode mode, bool queryOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            ForeignKeys = true,
            Pooling = false,        // a pooled connection would keep the file open after the store was closed
            DefaultTimeout = 10,
        }.ToString());
        try
        {
            connection.Open();
            // FULL: an acknowledged write survives a power cut; untrusted schema: a hostile file's triggers may call nothing odd
            Execute(connection, "PRAGMA busy_timeout=250; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;");
            if (queryOnly) Execute(connection, "PRAGMA query_only=ON");
            Scalar(connection, "PRAGMA schema_version");   // the first look at the file: what stands against reading it shows here
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tables if the file has none yet. Two processes may try at once: the second finds the first one's.</summary>
    public static void EnsureCreated(SqliteConnection connection, string path, StoreMeta meta)
    {
        // made under the rollback journal: so the header says what the file is before it ever has a write-ahead log
        Execute(connection, "BEGIN EXCLUSIVE");
        try
        {
            if (Scalar(connection, "PRAGMA application_id") != StoreSchema.ApplicationId)
            {
                if (Scalar(connection, "SELECT count(*) FROM sqlite_master") != 0)
                    throw new StoreFormatException(path, $"{path} is no Kindred store: it is an SQLite database of another program");
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id={StoreSchema.ApplicationId}; PRAGMA user_version={StoreSchema.Version};"));
                Execute(connection, StoreSchema.Create);
                using var insert = new Statement(connection, "INSERT INTO meta(key, value) VALUES (@key, @value)", "@key", "@value");
                insert.Run("store_id", meta.StoreId);
                insert.Run("model_name", meta.ModelName);
                insert.Run("model_fingerprint", meta.ModelFingerprint);
                insert.Run("dimensions", meta.Dimensions);
                insert.Run("chunk_tokens", meta.ChunkTokens);
                insert.Run("chunk_overlap", meta.ChunkOverlap);
                insert.Run("created", meta.Created.ToString("O", CultureInfo.InvariantCulture));
                insert.Run("generation", 0L);
            }
            Execute(connection, "COMMIT");
        }
        catch
        {
            TryRollback(connection);
            throw;
        }
    }

    /// <summary>A text of meta; null where there is none of that name.</summary>
    public static string? Fact(SqliteConnection connection, string key)
    {
        using var known = new Statement(connection, "SELECT value FROM meta WHERE key = @key", "@key");
        using var row = known.Read(key);
        return row.Read() ? row.GetValue(0) as string : null;
    }

    /// <summary>Puts a text into meta, or in the place of the one of that name.</summary>
    public static void Record(SqliteConnection connection, string key, string value)
    {
        using var put = new Statement(connection, "INSERT INTO meta(key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value", "@key", "@value");
        put.Run(key, value);
    }

    /// <summary>Begins a transaction that writes, once no other process does.</summary>
    /// <exception cref="SqliteException">With code 5 or 6: another process kept writing for longer than the patience.</exception>
    public static async Task BeginAsync(SqliteConnection connection, TimeSpan patience, CancellationToken cancel)
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

    /// <summary>Brings a store of an earlier format up to this one, or leaves it as it was where it cannot be written: it can still be read.</summary>
    /// <exception cref="SqliteException">With code 5 or 6: another process kept writing for longer than the patience.</exception>
    public static async Task UpgradeAsync(SqliteConnection connection, TimeSpan patience, CancellationToken cancel)
    {
        if (Scalar(connection, "PRAGMA user_version") is not (2 or 3) || IsUnchanging(connection)) return;
        try
        {
            await BeginAsync(connection, patience, cancel).ConfigureAwait(false);
            long version = Scalar(connection, "PRAGMA user_version");
            if (version is 2 or 3)   // another process may have been first
            {
                Execute(connection, StoreSchema.WithoutWords);
                if (version == 2) Execute(connection, StoreSchema.AddTitles);
                Execute(connection, StoreSchema.AddPairs);
                FillPairs(connection);
                Execute(connection, StoreSchema.MakeWords);
            }
            Execute(connection, "COMMIT");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 8)
        {
            TryRollback(connection);
        }
        catch
        {
            TryRollback(connection);
            throw;
        }
    }

    private static void FillPairs(SqliteConnection connection)
    {
        using var next = new Statement(connection, "SELECT id, title, heading, text FROM chunks WHERE id > @id ORDER BY id LIMIT 1", "@id");
        using var put = new Statement(connection, "UPDATE chunks SET pairs = @pairs WHERE id = @id", "@pairs", "@id");
        for (long id = long.MinValue; ;)
        {
            string? pairs;
            using (var row = next.Read(id))
            {
                if (!row.Read()) return;
                id = row.GetInt64(0);
                pairs = SignPairs.Of(row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3));
            }
            if (pairs is not null) put.Run(pairs, id);
        }
    }

    public static StoreMeta ReadMeta(SqliteConnection connection, string path)
    {
        CheckVersion(path, (int)Scalar(connection, "PRAGMA user_version"));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, value FROM meta";
        var rows = new Dictionary<string, object>(StringComparer.Ordinal);
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                rows[reader.GetString(0)] = reader.GetValue(1);
        int dimensions = Number("dimensions");
        if (dimensions is < 1 or > 65536) throw new StoreCorruptException(path, $"meta says {dimensions} dimensions");
        int tokens = Number("chunk_tokens"), overlap = Number("chunk_overlap");
        if (tokens is < 8 or > 100_000 || overlap > tokens / 2) throw new StoreCorruptException(path, $"meta says chunks of {tokens} tokens with {overlap} of overlap");
        if (!DateTimeOffset.TryParse(Text("created"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created))
            throw new StoreCorruptException(path, "meta's created is no date");
        return new StoreMeta(Text("store_id"), Text("model_name"), Text("model_fingerprint"), dimensions, tokens, overlap, created);

        string Text(string key) => rows.GetValueOrDefault(key) as string ?? throw new StoreCorruptException(path, $"meta has no {key}");
        int Number(string key) => rows.GetValueOrDefault(key) is long value and >= 0 and <= int.MaxValue
            ? (int)value : throw new StoreCorruptException(path, $"meta has no {key}");
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : 0;
    }

    public static void TryRollback(SqliteConnection connection)
    {
        try
        {
            Execute(connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has undone the transaction itself already (full disk, failing disk)
        }
    }

    private static void CheckVersion(string path, int version)
    {
        if (version > StoreSchema.Version)
            throw new StoreFormatException(path, $"{path} was written by a newer Kindred (store format {version}; this one reads up to {StoreSchema.Version}): use that version");
        if (version == 1) throw new StoreFormatException(path, $"{path} was written by an early Kindred (store format 1): index the documents into a new store");
        if (version < 1) throw new StoreFormatException(path, $"{path} is no Kindred store: it has no format version");
    }
}
