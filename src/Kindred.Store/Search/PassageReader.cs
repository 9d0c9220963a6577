using System.Globalization;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>Reads chunks with what is known of their documents.</summary>
internal static class PassageReader
{
    public const string From = """
        FROM chunks c JOIN documents d ON d.id = c.document_id JOIN sources s ON s.id = d.source_id
        """;

    public const string Select = $"""
        SELECT c.id, d.key, s.path, d.title, c.text, c.heading, c.page, c.line, c.start, c."end", d.payload, c.vector, d.id {From}
        """;

    public const int VectorColumn = 11;

    public const int DocumentColumn = 12;

    public static SearchHit Read(SqliteDataReader row, int rank, float score) => new()
    {
        Rank = rank,
        Score = score,
        Id = row.GetInt64(0).ToString(CultureInfo.InvariantCulture),
        DocumentId = row.GetString(1),
        Source = row.GetString(2),
        Title = row.IsDBNull(3) ? null : row.GetString(3),
        Text = row.GetString(4),
        Heading = row.IsDBNull(5) ? null : row.GetString(5),
        Page = row.IsDBNull(6) ? null : row.GetInt32(6),
        Line = row.GetInt32(7),
        Start = row.GetInt32(8),
        End = row.GetInt32(9),
        Payload = DocumentRow.Fields(row.GetString(10)),
    };
}
