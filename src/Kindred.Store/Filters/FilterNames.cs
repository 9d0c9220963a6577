using System.Text.Json;
using Kindred.Learning;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Filters;

/// <summary>The names of fields as a filter writes them, and what a filter names that is not there.</summary>
internal static class FilterNames
{
    /// <summary>So many of the fields that are there are told.</summary>
    private const int MostTold = 10;

    /// <summary>The fields of documents that a filter names.</summary>
    public static IEnumerable<string> Of(Filter filter) => filter switch
    {
        Filter.And and => and.Parts.SelectMany(Of),
        Filter.Or or => or.Parts.SelectMany(Of),
        Filter.Not not => Of(not.Part),
        Filter.Compare { Field: var field } => One(field),
        Filter.In { Field: var field } => One(field),
        Filter.Has { Field: var field } => One(field),
        Filter.Like { Field: var field } => One(field),
        Filter.Exists { Field: var field } => One(field),
        _ => throw new NotSupportedException(filter.GetType().Name),
    };

    /// <summary>Adds the fields that the documents of a store have, those within others too, until all that are looked for are there.</summary>
    public static void AddAll(SqliteConnection snapshot, HashSet<string> names, HashSet<string> wanted, CancellationToken cancel)
    {
        using var all = new Statement(snapshot, "SELECT payload FROM documents");
        using var rows = all.Read();
        while (!wanted.IsSubsetOf(names) && rows.Read())
        {
            cancel.ThrowIfCancellationRequested();
            using var payload = JsonDocument.Parse(rows.GetString(0));
            if (payload.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("not an object");
            Add(payload.RootElement, []);
        }

        void Add(JsonElement fields, List<string> path)
        {
            foreach (var field in fields.EnumerateObject())
            {
                path.Add(field.Name);
                names.Add(Name(path));
                if (field.Value.ValueKind == JsonValueKind.Object) Add(field.Value, path);
                path.RemoveAt(path.Count - 1);
            }
        }
    }

    /// <summary>A sentence for each field of a filter that none of the documents has, with those that are there, spelt most alike first.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="known">The fields that documents have.</param>
    public static IReadOnlyList<string> Missing(Filter filter, IReadOnlyCollection<string> known)
    {
        string[] there = [.. known.Order(StringComparer.Ordinal), .. FilterField.FileFields];
        return [.. Of(filter).Distinct(StringComparer.Ordinal).Where(name => !known.Contains(name))
            .Select(name => $"no passage has the field {name}; the fields are {string.Join(", ", Spelling.Nearest(there, name, MostTold))}{(there.Length > MostTold ? ", …" : "")}")];
    }

    private static string[] One(FilterField field) => field.Column is null ? [Name(field.Path)] : [];

    private static string Name(IReadOnlyList<string> path) => path is [var single] && (FilterField.File(single) is not null || FilterParser.IsKeyword(single)) ? $"[{single}]" : string.Join('.', path.Select(Part));

    private static string Part(string name) => name.Length > 0 && name.All(FilterParser.IsPlain) ? name : $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";
}
