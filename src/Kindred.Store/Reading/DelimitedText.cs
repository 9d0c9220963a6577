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

    /// <summary>So many lines one behind the other that each look like a row are taken for rows of a stream, whatever quote stands before them: who watches it shall not wait for its end.</summary>
    private const int MostRows = 100;

    /// <summary>Of a quote that is never closed so many lines are read once more.</summary>
    private const int MostRepeated = 1000;

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

    /// <summary>The rows, the header among them, with the line each starts on. Lines with nothing on them are passed over, and white space above the header.</summary>
    /// <param name="line">The lines.</param>
    /// <param name="path">What errors call the file.</param>
    /// <param name="quotes">Whether a field may stand in double quotes.</param>
    /// <param name="watched">Whether somebody waits for each row, so that an open quote must not wait for the end; null for nobody.</param>
    /// <returns>Each row with what is wrong with it, if anything: another number of fields than the first row, or a quote that is not closed; what follows the line of such a quote is read as rows of its own.</returns>
    /// <exception cref="UnreadableDocumentException">A row is too long.</exception>
    public static IEnumerable<(string[] Fields, long Line, UnreadableDocumentException? Problem)> Rows(ReturnableLines line, string path, bool quotes, Func<bool>? watched = null)
    {
        char delimiter = '\0';
        var fields = new List<string>();
        var field = new StringBuilder();
        int columns = 0;
        while (line.MoveNext())
        {
            if (line.Current.Text.IsEmpty || (columns == 0 && line.Current.Text.Span.IsWhiteSpace())) continue;
            if (delimiter == '\0') delimiter = quotes ? Delimiter(line.Current.Text.Span) : '\t';
            long start = line.Current.Number;
            fields.Clear();
            UnreadableDocumentException? problem = null;
            if (quotes) problem = Quoted(line, delimiter, columns, fields, field, path, watched);
            else
                foreach (var range in line.Current.Text.Span.Split(delimiter))
                    fields.Add(new string(line.Current.Text.Span[range]));
            if (columns == 0) columns = fields.Count;
            else if (fields.Count != columns) problem ??= Uneven(path, start, fields.Count, columns);
            yield return (fields.ToArray(), start, problem);
        }
    }

    /// <summary>The error that a row has another number of fields than the header.</summary>
    private static UnreadableDocumentException Uneven(string path, long line, int fields, int columns) =>
        new(path, FormattableString.Invariant($"line {line}: {fields} {(fields == 1 ? "field" : "fields")} where the header has {columns}"), line);

    private static UnreadableDocumentException? Quoted(ReturnableLines line, char delimiter, int columns, List<string> fields, StringBuilder field, string path, Func<bool>? watched)
    {
        long length = line.Current.Text.Length;
        var rest = line.Current.Text.Span;
        while (true)
        {
            if (rest is ['"', ..])
            {
                long opened = line.Current.Number;
                var inside = new List<TextLine>();
                bool rows = columns > 1;   // whether all lines since then look like rows
                rest = rest[1..];
                field.Clear();
                while (true)
                {
                    int quote = rest.IndexOf('"');
                    if (quote < 0)
                    {
                        field.Append(rest).Append(line.Current.Break);
                        if (!line.MoveNext())
                        {
                            // where much stands behind the quote the lines are not read again and again
                            if (inside.Count > MostRepeated) return Open(opened, FormattableString.Invariant($"is opened and never closed, and the {inside.Count} lines after it are taken into it"));
                            line.Return(inside);
                            return Open(opened, "is opened and never closed");
                        }

                        rest = line.Current.Text.Span;
                        length += rest.Length + 2;
                        if (length > MaxRow)
                            throw new UnreadableDocumentException(path, FormattableString.Invariant($"line {opened}: a row of over {MaxRow >> 20} MB"), opened);
                        inside.Add(line.Current);
                        rows = rows && LooksLikeRow(rest, delimiter, columns);
                        if (!rows || inside.Count < MostRows || watched?.Invoke() != true) continue;
                        line.Return(inside);
                        return Open(opened, FormattableString.Invariant($"is opened, and the {MostRows} lines after it look like rows"));
                    }

                    field.Append(rest[..quote]);
                    rest = rest[(quote + 1)..];
                    if (rest is not ['"', ..]) break;
                    field.Append('"');
                    rest = rest[1..];
                }

                if (rows && inside.Count > 0 && !rest.IsEmpty && rest[0] != delimiter)
                {
                    long closed = line.Current.Number;
                    line.Return(inside);
                    return Open(opened, FormattableString.Invariant($"is opened that only one within a field of line {closed} could close"));
                }
            }
            else field.Clear();
            // what follows a closing quote, against the rule, is taken as it stands
            int end = rest.IndexOf(delimiter);
            field.Append(end < 0 ? rest : rest[..end]);
            fields.Add(field.ToString());
            if (field.Capacity > 1 << 16) field.Capacity = Math.Max(field.Length, 1 << 12);
            if (end < 0) return null;
            rest = rest[(end + 1)..];
        }

        UnreadableDocumentException Open(long opened, string how) => new(path, FormattableString.Invariant($"line {opened}: a quote {how}"), opened);
    }

    /// <summary>Whether a line has as many delimiters as a row, those in quotes counted or not: a quote before it may be a stray one, as one on it may.</summary>
    private static bool LooksLikeRow(ReadOnlySpan<char> line, char delimiter, int columns)
    {
        int all = 0, bare = 0;
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (c == delimiter)
            {
                all++;
                if (!quoted) bare++;
            }
        }

        return all == columns - 1 || bare == columns - 1;
    }
}
