using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Indexing;

/// <summary>
/// What the store holds of a source that is read again. Documents with the same hash are left alone, and a chunk whose text stood
/// anywhere in the old version takes its vector over: a row inserted at the top of a table moves all others, but changes none of their texts.
/// </summary>
internal sealed class OldVersion
{
    private readonly StoreReaders _readers;
    private readonly long? _id;
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private Dictionary<UInt128, long>? _chunks;

    public OldVersion(StoreReaders readers, string uri)
    {
        _readers = readers;
        (_id, Hash, Complete, Bytes, Modified, Note) = readers.Read(connection =>
        {
            using var find = new Statement(connection, "SELECT id, hash, complete, bytes, modified, note FROM sources WHERE uri = @uri", "@uri");
            using var row = find.Read(uri);
            return row.Read()
                ? (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1), row.GetInt64(2) != 0,
                    row.IsDBNull(3) ? null : row.GetInt64(3), row.IsDBNull(4) ? null : row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5))
                : ((long?)null, (byte[]?)null, false, (long?)null, (string?)null, (string?)null);
        });
    }

    public bool Exists => _id is not null;

    public byte[]? Hash { get; }

    public bool Complete { get; }

    public long? Bytes { get; }

    public string? Modified { get; }

    public string? Note { get; }

    /// <summary>Learns the hashes of all documents of the source, to be asked by <see cref="Has"/>.</summary>
    public void LoadDocuments()
    {
        if (_id is null) return;
        _readers.Read(connection =>
        {
            using var all = new Statement(connection, "SELECT key, hash FROM documents WHERE source_id = @source", "@source");
            using var rows = all.Read(_id);
            while (rows.Read()) _documents[rows.GetString(0)] = rows.GetFieldValue<byte[]>(1);
            return true;
        });
    }

    /// <summary>Learns the hashes of these documents alone.</summary>
    public void LoadDocuments(IEnumerable<string> keys)
    {
        if (_id is null) return;
        _readers.Read(connection =>
        {
            using var one = new Statement(connection, "SELECT hash FROM documents WHERE source_id = @source AND key = @key", "@source", "@key");
            foreach (string key in keys)
            {
                using var rows = one.Read(_id, key);
                if (rows.Read()) _documents[key] = rows.GetFieldValue<byte[]>(0);
            }
            return true;
        });
    }

    public bool Has(DocumentRow document) => _documents.TryGetValue(document.Key, out var hash) && hash.AsSpan().SequenceEqual(document.Hash);

    /// <summary>Gives vectors to those chunks whose text the old version has.</summary>
    /// <param name="chunks">The new document's chunks.</param>
    /// <param name="document">Only that document of the old version is looked at; null for all of them.</param>
    /// <returns>How many got one.</returns>
    public int Reuse(IReadOnlyList<PreparedChunk> chunks, string? document)
    {
        if (_id is null || chunks.Count == 0 || (document is not null && !_documents.ContainsKey(document))) return 0;
        return _readers.Read(connection =>
        {
            var known = document is not null ? Texts(connection, document) : _chunks ??= Texts(connection, null);
            if (known.Count == 0) return 0;
            int reused = 0;
            using var one = new Statement(connection, "SELECT text, vector FROM chunks WHERE id = @id", "@id");
            foreach (var chunk in chunks)
            {
                if (!known.TryGetValue(Digest(chunk.Text), out long id)) continue;
                using var row = one.Read(id);
                if (!row.Read() || !string.Equals(row.GetString(0), chunk.Text, StringComparison.Ordinal)) continue;
                chunk.Vector = MemoryMarshal.Cast<byte, float>(row.GetFieldValue<byte[]>(1)).ToArray();
                reused++;
            }
            return reused;
        });
    }

    private Dictionary<UInt128, long> Texts(SqliteConnection connection, string? document)
    {
        using var all = new Statement(connection, """
            SELECT chunks.id, chunks.text FROM documents JOIN chunks ON chunks.document_id = documents.id
            WHERE documents.source_id = @source AND (@key IS NULL OR documents.key = @key)
            """, "@source", "@key");
        using var rows = all.Read(_id, document);
        var texts = new Dictionary<UInt128, long>();
        while (rows.Read()) texts[Digest(rows.GetString(1))] = rows.GetInt64(0);
        return texts;
    }

    private static UInt128 Digest(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
