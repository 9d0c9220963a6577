using System.Text;

namespace Kindred.Store.Reading;

/// <summary>
/// Rows of delimited text. With quotes it follows RFC 4180: a field in double quotes may hold delimiters, line breaks and doubled quotes.
/// Written here, not taken from a library, because an open quote at the end must be told with its line and memory must stay bounded;
/// the tests hold it against CsvHelper.
/// </summary>
internal static class DelimitedText
{
    /// <summary>The most characters a row may have.</summary>
    public const int MaxRow = 64 << 20;

    /// <summary>The delimiter of a csv file: of comma, semicolon and tab the one its header line has most of, comma if in doubt.</summary>
    public static char Delimiter(ReadOnlySpan<char> header)
    {
        int commas = 0, semicolons = 0, tabs = 0;
        bool quoted = false;
        foreach (char c in header)
        {
            if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if (c == ',') commas++;
            else if (c == ';') semicolons++;
            else if (c == '\t') tabs++;
        }
        return tabs > Math.Max(commas, semicolons) ? '\t' : semicolons > commas ? ';' : ',';
    }

    /// <summary>Column names that differ from each other and are not empty.</summary>
    public static string[] Names(string[] header)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var names = new string[header.Length];
        for (int i = 0; i < names.Length; i++)
        {
            string name = header[i].Trim();
            if (name.Length == 0) name = FormattableString.Invariant($"column {i + 1}");
            names[i] = name;
            for (int n = 2; !taken.Add(names[i]); n++)
                names[i] = FormattableString.Invariant($"{name} {n}");
        }
        return names;
    }

    /// <summary>The rows, the header among them, with the line each starts on. Lines with nothing on them are passed over.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="path">What errors call the file.</param>
    /// <param name="quotes">Whether a field may stand in double quotes.</param>
    /// <param name="uneven">Whether a row may have another number of fields than the first: the caller looks.</param>
    /// <exception cref="UnreadableDocumentException">A row has another number of fields than the first, a quote is not closed, or a row is too long.</exception>
    public static IEnumerable<(string[] Fields, long Line)> Rows(IEnumerable<TextLine> lines, string path, bool quotes, bool uneven = false)
    {
        using var line = lines.GetEnumerator();
        char delimiter = '\0';
        var fields = new List<string>();
        var field = new StringBuilder();
        int columns = 0;
        while (line.MoveNext())
        {
            if (line.Current.Text.IsEmpty) continue;
            if (delimiter == '\0') delimiter = quotes ? Delimiter(line.Current.Text.Span) : '\t';
            long start = line.Current.Number;
            fields.Clear();
            if (quotes) Quoted(line, delimiter, fields, field, path);
            else
                foreach (var range in line.Current.Text.Span.Split(delimiter))
                    fields.Add(new string(line.Current.Text.Span[range]));
            if (columns == 0) columns = fields.Count;
            else if (fields.Count != columns && !uneven) throw Uneven(path, start, fields.Count, columns);
            yield return (fields.ToArray(), start);
        }
    }

    /// <summary>The error that a row has another number of fields than the header.</summary>
    public static UnreadableDocumentException Uneven(string path, long line, int fields, int columns) =>
        new(path, FormattableString.Invariant($"line {line}: {fields} {(fields == 1 ? "field" : "fields")} where the header has {columns}"), line);

    private static void Quoted(IEnumerator<TextLine> line, char delimiter, List<string> fields, StringBuilder field, string path)
    {
        long length = line.Current.Text.Length;
        var rest = line.Current.Text.Span;
        while (true)
        {
            if (rest is ['"', ..])
            {
                long opened = line.Current.Number;
                rest = rest[1..];
                field.Clear();
                while (true)
                {
                    int quote = rest.IndexOf('"');
                    if (quote < 0)
                    {
                        field.Append(rest).Append(line.Current.Break);
                        if (!line.MoveNext())
                            throw new UnreadableDocumentException(path, FormattableString.Invariant($"line {opened}: a quote is opened and never closed"), opened);
                        rest = line.Current.Text.Span;
                        length += rest.Length + 2;
                        if (length > MaxRow)
                            throw new UnreadableDocumentException(path, FormattableString.Invariant($"line {opened}: a row of over {MaxRow >> 20} MB"), opened);
                        continue;
                    }
                    field.Append(rest[..quote]);
                    rest = rest[(quote + 1)..];
                    if (rest is not ['"', ..]) break;
                    field.Append('"');
                    rest = rest[1..];
                }
            }
            else field.Clear();
            // what follows a closing quote, against the rule, is taken as it stands
            int end = rest.IndexOf(delimiter);
            field.Append(end < 0 ? rest : rest[..end]);
            fields.Add(field.ToString());
            if (field.Capacity > 1 << 16) field.Capacity = Math.Max(field.Length, 1 << 12);
            if (end < 0) return;
            rest = rest[(end + 1)..];
        }
    }
}
