using System.Text;
using Kindred.Store.Search;
using Kindred.Vectors.Indexes;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Filters;

/// <summary>
/// Turns a filter into SQL. Each condition yields 1 or 0, never NULL, so that 'not' is its exact opposite. Everything that a user
/// wrote, names and values alike, is a parameter; the text of the SQL is ours alone.
/// </summary>
internal sealed class FilterSql
{
    private readonly StringBuilder _sql = new();
    private readonly List<object> _parameters = [];

    private FilterSql()
    {
    }

    /// <summary>The chunks that fulfil the filter.</summary>
    public static IdSet Ids(SqliteConnection snapshot, Filter filter)
    {
        using var command = snapshot.CreateCommand();
        command.CommandText = $"SELECT c.id {PassageReader.From} WHERE {Apply(filter, command)}";
        var ids = new IdSet();
        using var rows = command.ExecuteReader();
        while (rows.Read()) ids.Add(rows.GetInt64(0));
        return ids;
    }

    /// <summary>The condition for a WHERE over c, d and s; its parameters go into the command.</summary>
    public static string Apply(Filter filter, SqliteCommand command)
    {
        var sql = new FilterSql();
        sql.Write(filter);
        for (int i = 0; i < sql._parameters.Count; i++) command.Parameters.AddWithValue($"@f{i}", sql._parameters[i]);
        return sql._sql.ToString();
    }

    private void Write(Filter filter)
    {
        switch (filter)
        {
            case Filter.And and: Join(and.Parts, " AND "); break;
            case Filter.Or or: Join(or.Parts, " OR "); break;
            case Filter.Not not:
                _sql.Append("(NOT ");
                Write(not.Part);
                _sql.Append(')');
                break;
            case Filter.Compare compare: Compare(compare.Field, compare.How, compare.Value.Value); break;
            case Filter.In among:
                Among(among.Field, among.Values);
                break;
            case Filter.Has has:
                string list = Path(has.Field);
                _sql.Append($"(json_type(d.payload, {list}) IS 'array' AND EXISTS (SELECT 1 FROM json_each(d.payload, {list}) AS j WHERE ");
                _sql.Append(Equal("j.type", "j.value", has.Value.Value)).Append("))");
                break;
            case Filter.Like like:
                var (isText, text) = like.Field.Column is { } name ? ($"typeof({name}) IS 'text'", name) : ($"{Type(like.Field)} IS 'text'", Extract(like.Field));
                _sql.Append($"({isText} AND {text} LIKE {Parameter(Pattern(like.Pattern))} ESCAPE '\\')");
                break;
            case Filter.Exists exists: _sql.Append(exists.Field.Column is { } column ? $"({column} IS NOT NULL)" : $"({Type(exists.Field)} IS NOT NULL)"); break;
            default: throw new NotSupportedException(filter.GetType().Name);
        }
    }

    private void Join(IReadOnlyList<Filter> parts, string between)
    {
        _sql.Append('(');
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0) _sql.Append(between);
            Write(parts[i]);
        }
        _sql.Append(')');
    }

    private void Compare(FilterField field, Comparison how, object? value)
    {
        var (type, content) = field.Column is { } column ? ($"typeof({column})", column) : (Type(field), Extract(field));
        string there = field.Column is null ? $"{type} IS NOT NULL" : $"{content} IS NOT NULL";
        switch (how)
        {
            case Comparison.Equal:
                _sql.Append(field.Column is null || value is not null ? Equal(type, content, value) : "0");
                break;
            case Comparison.NotEqual:
                _sql.Append($"({there} AND NOT {(field.Column is null || value is not null ? Equal(type, content, value) : "0")})");
                break;
            default:
                string sign = how switch { Comparison.Less => "<", Comparison.LessOrEqual => "<=", Comparison.Greater => ">", _ => ">=" };
                string kinds = value is string ? "'text'" : "'integer', 'real'";
                // IS TRUE: a missing field makes the left side NULL
                _sql.Append($"(({type} IN ({kinds}) AND {content} {sign} {Parameter(value!)}) IS TRUE)");
                break;
        }
    }

    /// <summary>Lists, not a chain of ORs: SQLite bounds the depth of an expression.</summary>
    private void Among(FilterField field, IReadOnlyList<FilterValue> values)
    {
        var (type, content) = field.Column is { } column ? ($"typeof({column})", column) : (Type(field), Extract(field));
        string texts = List(v => v is string), numbers = List(v => v is long or double);
        _sql.Append($"(({type} IS 'text' AND {content} IN ({texts})) IS TRUE OR ({type} IN ('integer', 'real') AND {content} IN ({numbers})) IS TRUE");
        foreach (object? other in values.Select(v => v.Value).Where(v => v is null or bool).Distinct())
            if (field.Column is null) _sql.Append(" OR ").Append(Equal(type, content, other));
        _sql.Append(')');

        string List(Func<object?, bool> those) => string.Join(", ", values.Where(v => those(v.Value)).Select(v => Parameter(v.Value!)));
    }

    private string Equal(string type, string content, object? value) => value switch
    {
        null => $"({type} IS 'null')",
        true => $"({type} IS 'true')",
        false => $"({type} IS 'false')",
        string text => $"({type} IS 'text' AND {content} IS {Parameter(text)})",
        _ => $"(({type} IN ('integer', 'real') AND {content} = {Parameter(value)}) IS TRUE)",
    };

    private string Type(FilterField field) => $"json_type(d.payload, {Path(field)})";

    private string Extract(FilterField field) => $"json_extract(d.payload, {Path(field)})";

    /// <summary>SQLite's path to a field, "$."a"."b"", with the names written as JSON strings.</summary>
    private string Path(FilterField field)
    {
        var path = new StringBuilder("$");
        foreach (string name in field.Path)
        {
            path.Append(".\"");
            foreach (char c in name)
                path.Append(c is '"' or '\\' ? $"\\{c}" : c < ' ' ? $"\\u{(int)c:x4}" : c.ToString());
            path.Append('"');
        }
        return Parameter(path.ToString());
    }

    /// <summary>* and % stand for anything; every other sign for itself.</summary>
    private static string Pattern(string like)
    {
        var pattern = new StringBuilder();
        foreach (char c in like)
            pattern.Append(c switch { '*' or '%' => "%", '_' or '\\' => $"\\{c}", _ => c.ToString() });
        return pattern.ToString();
    }

    private string Parameter(object value)
    {
        int at = _parameters.IndexOf(value);
        if (at < 0)
        {
            at = _parameters.Count;
            _parameters.Add(value);
        }
        return $"@f{at}";
    }
}
