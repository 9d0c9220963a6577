using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>Searches the word index: BM25 as FTS5 counts it (k1 = 1.2, b = 0.75), a word in the title twice as heavy.</summary>
internal static class WordSearch
{
    // bm25() is lower for a better match; equal ones in order of storing
    private const string Sql = "SELECT rowid, -bm25(chunks_fts, 2.0, 1.0, 1.0, 1.0) AS score FROM chunks_fts WHERE chunks_fts MATCH @words ORDER BY score DESC, rowid";

    private const char Mark = '\u0001';

    /// <summary>The best passages of the state that the snapshot sees, best first.</summary>
    /// <param name="snapshot">The store.</param>
    /// <param name="query">What the user wrote.</param>
    /// <param name="k">The most wanted.</param>
    /// <param name="filter">The passages that count; null for all.</param>
    /// <param name="cancel">Stops it.</param>
    public static List<(long Id, double Score)> Find(SqliteConnection snapshot, string query, int k, IdSet? filter, CancellationToken cancel)
    {
        var found = new List<(long, double)>();
        if (WordQuery.Of(query) is not { } words) return found;
        using var statement = new Statement(snapshot, filter is null ? Sql + " LIMIT @most" : Sql, filter is null ? ["@words", "@most"] : ["@words"]);
        using var rows = filter is null ? statement.Read(words, (long)k) : statement.Read(words);
        while (found.Count < k && rows.Read())
        {
            cancel.ThrowIfCancellationRequested();
            long id = rows.GetInt64(0);
            if (filter?.Contains(id) != false) found.Add((id, rows.GetDouble(1)));
        }
        return found;
    }

    /// <summary>Which of some passages hold a word, and where it stands in their texts.</summary>
    public static Dictionary<long, List<int>> Places(SqliteConnection snapshot, string word, IReadOnlyList<long> chunks)
    {
        var found = new Dictionary<long, List<int>>();
        using var statement = new Statement(
            snapshot, "SELECT highlight(chunks_fts, 2, char(1), ''), highlight(chunks_fts, 3, char(1), ''), title, heading, text FROM chunks_fts WHERE chunks_fts MATCH @word AND rowid = @chunk", "@word", "@chunk");
        string term = WordQuery.Term(word);
        foreach (long chunk in chunks)
        {
            using var row = statement.Read(term, chunk);
            if (!row.Read()) continue;
            string marked = row.GetString(0);
            var places = new List<int>();
            for (int i = marked.IndexOf(Mark); i >= 0; i = marked.IndexOf(Mark, i + 1)) places.Add(i - places.Count);
            if (!row.IsDBNull(1)) places.AddRange(InPairs(row.GetString(1), Text(row, 2), Text(row, 3), row.GetString(4)));
            found[chunk] = places;
        }
        return found;
    }

    /// <summary>The places in the text of the parts that are marked in the column of pairs: those of the title, twice, and of the heading come before them.</summary>
    private static IEnumerable<int> InPairs(string marked, string title, string heading, string text)
    {
        if (!marked.Contains(Mark)) return [];
        int before = (2 * SignPairs.Indexed(title).Count()) + SignPairs.Indexed(heading).Count();
        return marked.Split(' ').Skip(before).Zip(SignPairs.Indexed(text)).Where(part => part.First.Contains(Mark)).Select(part => part.Second.At);
    }

    private static string Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? "" : row.GetString(column);
}
