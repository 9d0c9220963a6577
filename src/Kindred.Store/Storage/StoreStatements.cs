using System.Runtime.InteropServices;
using Kindred.Store.Search;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>The statements that change a store; each expects to run inside a transaction of <see cref="StoreWriter"/>.</summary>
internal sealed class StoreStatements(SqliteConnection connection) : IDisposable
{
    private readonly Statement _generation = new(connection, "UPDATE meta SET value = value + 1 WHERE key = 'generation'");

    private readonly Statement _putSource = new(connection, """
        INSERT INTO sources(uri, path, root, name, ext, kind, hash, bytes, modified, note, complete)
        VALUES (@uri, @path, @root, @name, @ext, @kind, @hash, @bytes, @modified, @note, @complete)
        ON CONFLICT (uri) DO UPDATE SET kind = excluded.kind, hash = excluded.hash, bytes = excluded.bytes,
            modified = excluded.modified, note = excluded.note, complete = excluded.complete
        RETURNING id
        """, "@uri", "@path", "@root", "@name", "@ext", "@kind", "@hash", "@bytes", "@modified", "@note", "@complete");

    private readonly Statement _findDocument = new(connection,
        "SELECT id, hash FROM documents WHERE source_id = @source AND key = @key", "@source", "@key");

    private readonly Statement _addDocument = new(connection, """
        INSERT INTO documents(source_id, key, title, hash, payload, first_line, pages, headings, text)
        VALUES (@source, @key, @title, @hash, @payload, @line, @pages, @headings, @text) RETURNING id
        """, "@source", "@key", "@title", "@hash", "@payload", "@line", "@pages", "@headings", "@text");

    private readonly Statement _changeDocument = new(connection, """
        UPDATE documents SET title = @title, hash = @hash, payload = @payload, first_line = @line, pages = @pages, headings = @headings, text = @text
        WHERE id = @id
        """, "@title", "@hash", "@payload", "@line", "@pages", "@headings", "@text", "@id");

    private readonly Statement _clearChunks = new(connection, "DELETE FROM chunks WHERE document_id = @document", "@document");

    private readonly Statement _addChunk = new(connection, """
        INSERT INTO chunks(document_id, ordinal, start, "end", page, line, tokens, heading, text, vector, title, pairs)
        VALUES (@document, @ordinal, @start, @end, @page, @line, @tokens, @heading, @text, @vector, @title, @pairs)
        """, "@document", "@ordinal", "@start", "@end", "@page", "@line", "@tokens", "@heading", "@text", "@vector", "@title", "@pairs");

    private readonly Statement _documentsOf = new(connection, "SELECT id, key FROM documents WHERE source_id = @source", "@source");

    private readonly Statement _removeDocument = new(connection, "DELETE FROM documents WHERE id = @id", "@id");

    private readonly Statement _removeSource = new(connection, "DELETE FROM sources WHERE uri = @uri", "@uri");

    public void BumpGeneration() => _generation.Run();

    /// <summary>Adds the source or brings its row up to date; its path and root stay as they were first.</summary>
    public long PutSource(SourceRow source, bool complete) =>
        _putSource.Number(source.Uri, source.Path, source.Root, source.Name, source.Extension, source.Kind, source.Hash, source.Bytes,
            source.Modified, source.Note, complete ? 1L : 0L)
        ?? throw new InvalidOperationException("RETURNING gave no row");

    /// <summary>Adds a document, or replaces the one of that key; a reader sees the old one or the new one.</summary>
    /// <returns>False when the same document is there already: another process, or an earlier run, was first.</returns>
    public bool PutDocument(long source, DocumentRow document, IReadOnlyList<PreparedChunk> chunks)
    {
        long? id = null;
        using (var found = _findDocument.Read(source, document.Key))
            if (found.Read())
            {
                if (found.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(document.Hash)) return false;
                id = found.GetInt64(0);
            }
        if (id is { } old)
        {
            _clearChunks.Run(old);
            _changeDocument.Run(document.Title, document.Hash, document.Payload, document.FirstLine, document.Pages, document.Headings, document.Text, old);
        }
        else
            id = _addDocument.Number(source, document.Key, document.Title, document.Hash, document.Payload, document.FirstLine, document.Pages,
                document.Headings, document.Text);
        for (int i = 0; i < chunks.Count; i++)
        {
            var (chunk, vector) = (chunks[i].Chunk, chunks[i].Vector ?? throw new InvalidOperationException("a chunk has no vector yet"));
            string? heading = chunk.Heading is null ? null : DocumentRow.Whole(chunk.Heading);
            _addChunk.Run(id, i, chunk.Start, chunk.End, chunk.Page, chunk.Line, chunk.Tokens, heading, chunks[i].Text,
                MemoryMarshal.AsBytes(vector.AsSpan()).ToArray(), document.Title, SignPairs.Of(document.Title, heading, chunks[i].Text));
        }
        return true;
    }

    /// <summary>Removes the documents of a source whose key is not in the set.</summary>
    public int RemoveOthers(long source, HashSet<string> keys)
    {
        var gone = new List<long>();
        using (var all = _documentsOf.Read(source))
            while (all.Read())
                if (!keys.Contains(all.GetString(1))) gone.Add(all.GetInt64(0));
        foreach (long id in gone) _removeDocument.Run(id);
        return gone.Count;
    }

    public bool RemoveSource(string uri) => _removeSource.Run(uri) > 0;

    /// <summary>Removes the sources of that uri or shown path; without any, the documents of that key.</summary>
    /// <returns>How many documents are gone; null when nothing has that name.</returns>
    public int? Remove(string name)
    {
        using var sources = new Statement(connection, "SELECT id FROM sources WHERE uri = @name OR path = @name", "@name");
        using var count = new Statement(connection, "SELECT count(*) FROM documents WHERE source_id = @id", "@id");
        using var removeSource = new Statement(connection, "DELETE FROM sources WHERE id = @id", "@id");
        using var removeDocuments = new Statement(connection, "DELETE FROM documents WHERE key = @name", "@name");
        var found = new List<long>();
        using (var rows = sources.Read(name))
            while (rows.Read()) found.Add(rows.GetInt64(0));
        if (found.Count == 0) return removeDocuments.Run(name) is > 0 and var removed ? removed : null;
        int documents = 0;
        foreach (long id in found)
        {
            documents += (int)(count.Number(id) ?? 0);
            removeSource.Run(id);
        }
        return documents;
    }

    /// <summary>What is wrong with the word index, or null.</summary>
    public string? CheckWords() => StoreCheck.Words(connection);

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_generation, _putSource, _findDocument, _addDocument, _changeDocument, _clearChunks, _addChunk,
            _documentsOf, _removeDocument, _removeSource])
            statement.Dispose();
    }
}
