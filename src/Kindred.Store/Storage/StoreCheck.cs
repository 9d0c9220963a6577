using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Kindred.Store.Search;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>Looks at everything in a store and lists what does not fit together.</summary>
internal static class StoreCheck
{
    private const int MostProblems = 100;

    public static CheckReport Run(SqliteConnection connection, string path, int dimensions, CancellationToken cancel)
    {
        var problems = new List<string>();
        using (var integrity = new Statement(connection, $"PRAGMA integrity_check({MostProblems})"))
        using (var rows = integrity.Read())
            while (rows.Read())
                if (rows.GetString(0) is var line && line != "ok") Add($"SQLite: {line.ReplaceLineEndings(" ")}");
        using (var keys = new Statement(connection, "PRAGMA foreign_key_check"))
        using (var rows = keys.Read())
            while (rows.Read()) Add($"row {(rows.IsDBNull(1) ? "?" : rows.GetInt64(1))} of {rows.GetString(0)} points to a row of {rows.GetString(2)} that is not there");

        using (var fields = new Statement(connection, "SELECT id FROM documents WHERE NOT json_valid(payload) OR json_type(payload) IS NOT 'object'"))
        using (var rows = fields.Read())
            while (rows.Read()) Add($"the fields of document {rows.GetInt64(0)} are no JSON object");

        using var graph = GraphCheck.Open(connection, path, dimensions);
        long documents = 0, chunks = 0;
        using var all = new Statement(connection, "SELECT id, text FROM documents");
        using var some = new Statement(connection, "SELECT id, ordinal, start, \"end\", text, vector FROM chunks WHERE document_id = @document ORDER BY ordinal", "@document");
        using (var document = all.Read())
            while (document.Read())
            {
                cancel.ThrowIfCancellationRequested();
                documents++;
                string text = document.GetString(1);
                int expected = 0;
                using var chunk = some.Read(document.GetInt64(0));
                while (chunk.Read())
                {
                    chunks++;
                    long id = chunk.GetInt64(0), start = chunk.GetInt64(2), end = chunk.GetInt64(3);
                    if (chunk.GetInt64(1) != expected++) Add($"chunk {id} is out of order in its document");
                    if (start < 0 || end < start || end > text.Length || !text.AsSpan((int)start, (int)(end - start)).SequenceEqual(chunk.GetString(4)))
                        Add($"the text of chunk {id} is not its document's from {start} to {end}");
                    var vector = SQLitePCL.raw.sqlite3_column_blob(chunk.Handle!, 5);
                    if (vector.Length != dimensions * sizeof(float)) Add($"the vector of chunk {id} has {vector.Length} bytes, not {dimensions * sizeof(float)}");
                    else if (!TensorPrimitives.IsFiniteAll(MemoryMarshal.Cast<byte, float>(vector))) Add($"the vector of chunk {id} is not finite");
                    else if (graph.Compare(id, MemoryMarshal.Cast<byte, float>(vector)) is { } difference) Add(difference);
                }
            }
        if (graph.Whole() is { } fault) Add(fault);
        return new CheckReport(documents, chunks, graph.Count, problems);

        void Add(string problem)
        {
            if (problems.Count < MostProblems) problems.Add(problem);
        }
    }

    /// <summary>Compares the word index with the chunks. SQLite words this as an insert, so it needs a writing connection.</summary>
    public static string? Words(SqliteConnection writing)
    {
        try
        {
            StoreFile.Execute(writing, "INSERT INTO chunks_fts(chunks_fts, rank) VALUES ('integrity-check', 1)");
            return null;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 11)
        {
            return "the word index does not fit the chunks";
        }
    }
}
