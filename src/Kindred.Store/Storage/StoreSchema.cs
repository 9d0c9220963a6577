namespace Kindred.Store.Storage;

/// <summary>The store's tables. Mirrors docs/formats/store.md: change both, and raise <see cref="Version"/>.</summary>
internal static class StoreSchema
{
    /// <summary>"KNDR", in the header of the SQLite file.</summary>
    public const int ApplicationId = 0x4B4E4452;

    public const int Version = 4;

    /// <summary>Lines of the removal log that are kept: a graph that is further behind is compared with all ids.</summary>
    private const int RemovalsKept = 100_000;

    /// <summary>The word index, and the triggers that keep it and the removal log in step with the chunks.</summary>
    private static readonly string Words = $"""
        CREATE VIRTUAL TABLE chunks_fts USING fts5(title, heading, text, pairs, content='chunks', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');

        CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
            INSERT INTO chunks_fts(rowid, title, heading, text, pairs) VALUES (new.id, new.title, new.heading, new.text, new.pairs);
        END;
        CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN
            INSERT INTO chunks_fts(chunks_fts, rowid, title, heading, text, pairs) VALUES ('delete', old.id, old.title, old.heading, old.text, old.pairs);
            INSERT INTO removed_chunks(chunk) VALUES (old.id);
            DELETE FROM removed_chunks WHERE line <= (SELECT max(line) FROM removed_chunks) - {RemovalsKept};
        END;
        CREATE TRIGGER chunks_changed AFTER UPDATE ON chunks BEGIN
            SELECT RAISE(ABORT, 'a chunk is never changed, only replaced');
        END;
        """;

    public static readonly string Create = $"""
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sources (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uri TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL,
            root TEXT,
            name TEXT,
            ext TEXT,
            kind TEXT,
            hash BLOB,
            bytes INTEGER,
            modified TEXT,
            note TEXT,
            complete INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE documents (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            title TEXT,
            hash BLOB NOT NULL,
            payload TEXT NOT NULL,
            first_line INTEGER NOT NULL,
            pages TEXT NOT NULL,
            headings TEXT NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (source_id, key)
        ) STRICT;

        CREATE TABLE chunks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            page INTEGER,
            line INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            heading TEXT,
            text TEXT NOT NULL,
            vector BLOB NOT NULL,
            title TEXT,
            pairs TEXT,
            UNIQUE (document_id, ordinal)
        ) STRICT;

        CREATE TABLE removed_chunks (
            line INTEGER PRIMARY KEY,
            chunk INTEGER NOT NULL
        ) STRICT;

        CREATE INDEX documents_key ON documents(key);
        CREATE INDEX sources_path ON sources(path);

        {Words}
        """;

    /// <summary>Takes the word index of an earlier version away, and what keeps chunks from being changed.</summary>
    public const string WithoutWords = """
        DROP TRIGGER chunks_added;
        DROP TRIGGER chunks_removed;
        DROP TRIGGER chunks_changed;
        DROP TABLE chunks_fts;
        """;

    /// <summary>What version 2 lacked: there the word index held the text alone.</summary>
    public const string AddTitles = """
        ALTER TABLE chunks ADD COLUMN title TEXT;
        UPDATE chunks SET title = (SELECT title FROM documents WHERE documents.id = chunks.document_id);
        """;

    /// <summary>What versions 2 and 3 lacked: the pairs of signs, to be filled.</summary>
    public const string AddPairs = "ALTER TABLE chunks ADD COLUMN pairs TEXT";

    /// <summary>Makes the word index of chunks that are there, and says that the store is of this version.</summary>
    public static readonly string MakeWords = $"""
        {Words}
        INSERT INTO chunks_fts(chunks_fts) VALUES ('rebuild');
        PRAGMA user_version = {Version};
        """;
}
