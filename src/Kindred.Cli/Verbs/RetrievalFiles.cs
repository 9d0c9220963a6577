using System.Globalization;
using Kindred.Store;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>Reads a test collection: documents, questions, judgements. What cannot be used is counted and named on stderr.</summary>
internal static class RetrievalFiles
{
    private const int Named = 5;

    public static Dictionary<string, Document> Documents(string file, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        int id = Column(table, "id", "_id", "doc"), text = table.Column("text");
        int? title = table.HasColumn("title") ? table.Column("title") : null;
        var documents = new Dictionary<string, Document>(StringComparer.Ordinal);
        List<string> doubled = [], blank = [];
        foreach (var row in table.Rows(cancel))
        {
            string name = Name(table, row, id);
            string? heading = title is { } at && row.Values[at].Trim() is { Length: > 0 } words ? words.Replace('_', ' ') : null;
            if (string.IsNullOrWhiteSpace(row.Values[text])) blank.Add(name);
            if (!documents.TryAdd(name, new Document { Id = name, Text = row.Values[text], Title = heading })) doubled.Add(name);
        }
        if (documents.Count == 0) throw new FormatException($"{file}: no document in it");
        if (blank.Count == documents.Count) throw new FormatException($"{file}: {(blank.Count == 1 ? "its only document is" : $"all {blank.Count} documents are")} blank");
        Tell(file, doubled, "row", "with the id of an earlier one, left out");
        Tell(file, blank, "document", "without a text, not to be found");
        return documents;
    }

    public static Dictionary<string, string> Queries(string file, string column, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        int id = Column(table, "id", "_id", "query"), text = table.Column(column);
        var queries = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> doubled = [], blank = [];
        foreach (var row in table.Rows(cancel))
        {
            string name = Name(table, row, id);
            if (string.IsNullOrWhiteSpace(row.Values[text])) blank.Add(name);
            else if (!queries.TryAdd(name, row.Values[text])) doubled.Add(name);
        }
        Tell(file, doubled, "query", "with the id of an earlier one, left out");
        Tell(file, blank, "query", "without a text, left out");
        if (queries.Count == 0) throw new FormatException($"{file}: no query in it");
        return queries;
    }

    /// <summary>Gains above 0 by query and document; only queries that have one.</summary>
    public static Dictionary<string, Dictionary<string, double>> Gains(
        string file, bool lowIsBest, Dictionary<string, string> queries, Dictionary<string, Document> documents, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        int query = Column(table, "query", "query-id", "qid", "id"), doc = Column(table, "doc", "corpus-id", "docid");
        int? grade = table.HasColumn("grade") ? table.Column("grade") : table.HasColumn("score") ? table.Column("score") : null;
        var gains = new Dictionary<string, Dictionary<string, double>>(StringComparer.Ordinal);
        List<string> noQuery = [], noDocument = [], other = [];
        foreach (var row in table.Rows(cancel))
        {
            string q = Name(table, row, query), d = Name(table, row, doc);
            double gain = 1;
            if (grade is { } at && (!double.TryParse(row.Values[at], NumberStyles.Float, CultureInfo.InvariantCulture, out gain) || !double.IsFinite(gain)))
                throw new FormatException($"{file}, line {row.Line}: grade \"{row.Values[at]}\" is no number");
            if (lowIsBest) gain = gain is >= 1 and <= 4 ? 5 - gain : 0;
            if (!queries.ContainsKey(q)) noQuery.Add(q);
            else if (!documents.ContainsKey(d)) noDocument.Add(d);
            else if (gain > 0)
            {
                if (!gains.TryGetValue(q, out var judged)) gains.Add(q, judged = new Dictionary<string, double>(StringComparer.Ordinal));
                if (judged.TryGetValue(d, out double before) && before != gain) other.Add($"{q} {d}");
                judged[d] = gain;
            }
        }
        Tell(file, noQuery, "judgement", "of no known query, left out");
        Tell(file, noDocument, "judgement", "of no known document, left out");
        Tell(file, other, "judgement", "with another grade than an earlier one, taken in its place");
        Tell(file, [.. queries.Keys.Where(q => !gains.ContainsKey(q))], "query", "without a relevant document, left out");
        return gains.Count > 0 ? gains : throw new FormatException($"{file}: no query has a relevant document");
    }

    private static int Column(TableReader table, params string[] names) =>
        names.FirstOrDefault(table.HasColumn) is { } name ? table.Column(name) : table.Column(names[0]);

    private static string Name(TableReader table, TableRow row, int column) =>
        row.Values[column].Trim() is { Length: > 0 } name ? name : throw new FormatException($"{table.Name}, line {row.Line}: no {table.Columns[column]}");

    private static void Tell(string file, List<string> names, string thing, string what)
    {
        if (names.Count == 0) return;
        string list = string.Join(", ", names.Distinct().Take(Named));
        Console.Error.WriteLine(Output.Plain($"kindred: {file}: {Output.Count(names.Count, thing)} {what}: {list}{(names.Distinct().Count() > Named ? ", …" : "")}"));
    }
}
