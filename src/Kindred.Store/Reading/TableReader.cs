using System.Globalization;
using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>
/// Streams the rows of a table: .tsv, .csv, .jsonl, .txt (a text a line), gzipped or not, from a file or from standard input. Memory is
/// bounded by the longest row, 64 MiB at most. Bytes that are not UTF-8 are read as Latin-1 line by line. For one thread at a time.
/// </summary>
public sealed class TableReader : IDisposable
{
    /// <summary>So many blank lines at the top are passed over to tell how a table is written.</summary>
    private const int MostBlank = 100;

    /// <summary>The fields of so many objects at the top of a file are its columns from the start; together they have so many characters at most. Those of a stream may be long in coming.</summary>
    private const int MostFirst = 100, MostFirstText = 1 << 20;

    private readonly LineReader _reader;
    private readonly List<string> _columns = [];
    private readonly IEnumerator<(string[] Fields, long Line, UnreadableDocumentException? Problem)>? _delimited;
    private readonly ReturnableLines _lines;
    private bool _walked, _watched;

    private TableReader(LineReader reader, string name, TableFormat? format, bool waits)
    {
        (_reader, _lines, Name) = (reader, new ReturnableLines(reader.Next), name);
        if (_lines.MoveNext()) _lines.Return([_lines.Current]);   // what is damaged at its start is told at once
        Format = format ?? Guess();
        switch (Format)
        {
            case TableFormat.Lines:
                _columns.Add("text");
                break;
            case TableFormat.Jsonl:
                LookAtFirst();
                if (!waits) LookAhead();
                break;
            default:
                _delimited = DelimitedText.Rows(_lines, name, quotes: Format == TableFormat.Csv, () => _watched).GetEnumerator();
                if (_delimited.MoveNext()) _columns.AddRange(_delimited.Current.Problem is { } problem ? throw problem : Header(_delimited.Current.Fields, name));
                break;
        }
    }

    /// <summary>The file's name, or "standard input".</summary>
    public string Name { get; }

    /// <summary>How the table is written.</summary>
    public TableFormat Format { get; }

    /// <summary>The columns; for JSON Lines the fields of the first object, of a file of the first hundred, and those that later ones bring, as they come.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>How many lines so far were not UTF-8 and were read as Latin-1.</summary>
    public long LinesNotUtf8 => _reader.NotUtf8;

    /// <summary>Opens a table, written as its ending or its first lines tell, and reads its header.</summary>
    /// <param name="pathOrDash">A file, or "-" for standard input.</param>
    /// <exception cref="UnreadableDocumentException">The file is missing or binary, or its header has a name twice.</exception>
    public static TableReader Open(string pathOrDash) => Open(pathOrDash, format: null);

    /// <summary>Opens a table and reads its header.</summary>
    /// <param name="pathOrDash">A file, or "-" for standard input.</param>
    /// <param name="format">How it is written; null to tell by the file's ending, or where that says nothing by the first lines.</param>
    /// <exception cref="UnreadableDocumentException">The file is missing or binary, or its header has a name twice.</exception>
    public static TableReader Open(string pathOrDash, TableFormat? format)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrDash);
        if (pathOrDash == "-") return Open(Console.OpenStandardInput(), "standard input", format);
        if (Directory.Exists(pathOrDash)) throw new UnreadableDocumentException(pathOrDash, "a folder, where a table is wanted");
        Stream stream;
        try
        {
            stream = new FileStream(pathOrDash, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            throw new UnreadableDocumentException(pathOrDash, $"cannot be opened: {DocumentFolder.Why(e)}", innerException: e);
        }
        return Open(stream, pathOrDash, format ?? FormatOf(pathOrDash), waits: !stream.CanSeek);
    }

    /// <summary>Opens a table from a stream, gzipped or not, and reads its header.</summary>
    /// <param name="stream">Read from where it stands; closed with the reader.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="format">How it is written; null to tell by the first lines.</param>
    /// <exception cref="UnreadableDocumentException">It is binary, or its header has a name twice.</exception>
    public static TableReader Open(Stream stream, string name, TableFormat? format = null) => Open(stream, name, format, waits: true);

    private static TableReader Open(Stream stream, string name, TableFormat? format, bool waits)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var lines = new LineReader(stream, name);
        try
        {
            return new TableReader(lines, name, format, waits);
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <summary>The place of a column.</summary>
    /// <param name="name">Its name; case counts only where two differ by it.</param>
    /// <returns>An index into <see cref="Columns"/>.</returns>
    /// <exception cref="UnreadableDocumentException">There is no such column; names those there are.</exception>
    public int Column(string name)
    {
        int index = IndexOf(name);
        if (index >= 0) return index;
        string there = Columns.Count == 0 ? "the table is empty" : $"the columns are {string.Join(", ", Columns.Take(20))}{(Columns.Count > 20 ? ", …" : "")}";
        throw new UnreadableDocumentException(Name, $"there is no column '{name}'; {there}");
    }

    /// <summary>Whether there is a column of that name.</summary>
    /// <param name="name">Its name, in any case.</param>
    public bool HasColumn(string name) => IndexOf(name) >= 0;

    /// <summary>The rows, once.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UnreadableDocumentException">A row is malformed; names its line.</exception>
    /// <exception cref="InvalidOperationException">The rows were walked before.</exception>
    public IEnumerable<TableRow> Rows(CancellationToken cancellationToken = default) => Rows(null, cancellationToken);

    /// <summary>The rows, once; what is no row, such as a line of a stream that was cut, does not end them.</summary>
    /// <param name="malformed">Receives the number, from 1, of each row that has another number of fields than the header, opens a quote that is not closed or is not valid JSON, and the reason; null to end with an error there.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UnreadableDocumentException">A row is malformed, and nobody receives it; names its line.</exception>
    /// <exception cref="InvalidOperationException">The rows were walked before.</exception>
    public IEnumerable<TableRow> Rows(Action<long, string>? malformed, CancellationToken cancellationToken)
    {
        if (_walked) throw new InvalidOperationException($"{Name}: its rows can be read once");
        (_walked, _watched) = (true, malformed is not null);
        long number = 0;
        if (_delimited is not null)
        {
            while (_delimited.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (fields, line, problem) = _delimited.Current;
                number++;
                if (problem is null) yield return new TableRow(number, line, fields);
                else Tell(problem);
            }
            yield break;
        }
        while (_lines.MoveNext())
        {
            var line = _lines.Current;
            cancellationToken.ThrowIfCancellationRequested();
            if (Format == TableFormat.Lines) yield return new TableRow(++number, line.Number, [new string(line.Text.Span)]);
            else if (!line.Text.Span.IsWhiteSpace())
            {
                number++;
                if (Values(line) is { } values) yield return new TableRow(number, line.Number, values);
            }
        }

        string[]? Values(TextLine line)
        {
            try
            {
                return Record(line);
            }
            catch (UnreadableDocumentException e) when (malformed is not null)
            {
                Tell(e);
                return null;
            }
        }

        void Tell(UnreadableDocumentException problem)
        {
            if (malformed is null) throw problem;
            malformed(number, problem.Reason);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _delimited?.Dispose();
        _reader.Dispose();
    }

    private int IndexOf(string name)
    {
        int exact = _columns.IndexOf(name);
        return exact >= 0 ? exact : _columns.FindIndex(c => c.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The columns' names: which of two with one name is meant nobody can tell.</summary>
    private static string[] Header(string[] fields, string table)
    {
        string[] names = [.. fields.Select((field, i) => field.Trim() is { Length: > 0 } name ? name : FormattableString.Invariant($"column {i + 1}"))];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            if (places.TryAdd(names[i], i)) continue;
            string todo = names.Any(IsNumber) ? "the line with the columns' names looks missing: put one on top" : "give each a name of its own";
            throw new UnreadableDocumentException(table, FormattableString.Invariant($"columns {places[names[i]] + 1} and {i + 1} are both called '{names[i]}': {todo}"), 1);
        }

        return names;
    }

    /// <summary>Takes the columns of the first row, or where that is malformed of the second; both come again as rows.</summary>
    private void LookAtFirst()
    {
        (TextLine Line, UnreadableDocumentException Problem)? torn = null;
        while (_lines.MoveNext())
        {
            var line = _lines.Current;
            if (line.Text.Span.IsWhiteSpace()) continue;
            try
            {
                Record(line);
            }
            catch (UnreadableDocumentException e)
            {
                _columns.Clear();
                if (torn is not null) break;
                torn = (line, e);
                continue;
            }

            _lines.Return(torn is { } before ? [before.Line, line] : [line]);
            return;
        }

        if (torn is { } alone) throw alone.Problem;
    }

    /// <summary>Takes the columns of the first rows: one may lack a field that others have.</summary>
    private void LookAhead()
    {
        List<TextLine> read = [];
        for (int length = 0; read.Count < MostFirst && length < MostFirstText && _lines.MoveNext(); length += _lines.Current.Text.Length)
        {
            read.Add(_lines.Current);
            if (_lines.Current.Text.Span.IsWhiteSpace()) continue;
            int known = _columns.Count;
            try
            {
                Record(_lines.Current);
            }
            catch (UnreadableDocumentException)
            {
                _columns.RemoveRange(known, _columns.Count - known);   // it is told when the row is read
            }
        }

        _lines.Return(read);
    }

    private string[] Record(TextLine line)
    {
        string? note = null;
        using var json = JsonLine.Parse(line, Name, ref note);
        var root = json.RootElement;
        if (root.ValueKind == JsonValueKind.String) return Fill([("text", root.GetString()!)], line);
        if (root.ValueKind != JsonValueKind.Object) throw JsonLine.Wrong(line, Name, "neither an object nor a string");
        return Fill(root.EnumerateObject().Select(property => (property.Name, JsonLine.Plain(property.Value))), line);
    }

    private string[] Fill(IEnumerable<(string Name, string Value)> members, TextLine line)
    {
        var values = new List<string?>(_columns.Count);
        foreach (var (name, value) in members)
        {
            int column = _columns.IndexOf(name);
            if (column < 0)
            {
                if (_columns.Count == 4096) throw new UnreadableDocumentException(Name, "over 4096 different field names");
                column = _columns.Count;
                _columns.Add(name);
            }
            while (values.Count <= column) values.Add(null);
            if (values[column] is not null) throw JsonLine.Wrong(line, Name, $"'{name}' stands there twice");
            values[column] = value;
        }
        while (values.Count < _columns.Count) values.Add(null);
        return [.. values.Select(value => value ?? "")];
    }

    private static TableFormat? FormatOf(string path)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) path = path[..^3];
        return Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".TSV" => TableFormat.Tsv,
            ".CSV" => TableFormat.Csv,
            ".JSONL" or ".NDJSON" => TableFormat.Jsonl,
            ".TXT" => TableFormat.Lines,
            _ => null,
        };
    }

    /// <summary>
    /// By the first two lines with something on them. JSON begins with a brace, or ends with one where the next line is an object; a tab parts columns. Commas and semicolons part columns where a character follows each of them at once,
    /// which in prose is white space, or where a cell reads "text"; a line without any is a header where it is no number and the next one is.
    /// </summary>
    private TableFormat Guess()
    {
        List<TextLine> read = [];
        while (read.Count < MostBlank && read.TrueForAll(l => l.Text.Span.IsWhiteSpace()) && _lines.MoveNext()) read.Add(_lines.Current);
        if (read.Count == 0) return TableFormat.Lines;
        string header = read[^1].Text.ToString().Trim();
        TextLine? second = _lines.MoveNext() ? _lines.Current : null;
        if (second is { } next) read.Add(next);
        _lines.Return(read);
        if (header.EndsWith('}') && second is { } whole && IsObject(whole)) return TableFormat.Jsonl;   // a stream that was come upon within a line
        if (header is "[" or ['{', ..] or ['[', '{', ..]) return TableFormat.Jsonl;   // an array is refused with its line
        if (header.Contains('\t', StringComparison.Ordinal)) return TableFormat.Tsv;
        string[] cells = header.Split(',', ';');
        bool columns = cells.Any(c => c.Trim().Trim('"').Equals("text", StringComparison.OrdinalIgnoreCase))
            || (cells.Length > 1 ? cells[1..].All(c => c.Length > 0 && !char.IsWhiteSpace(c[0])) : !IsNumber(header) && IsNumber(second?.Text.ToString() ?? ""));
        return columns ? TableFormat.Csv : TableFormat.Lines;
    }

    private static bool IsObject(TextLine line)
    {
        if (!line.Text.Span.TrimStart().StartsWith('{')) return false;
        string? note = null;
        try
        {
            using var json = JsonLine.Parse(line, "", ref note);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (UnreadableDocumentException)
        {
            return false;
        }
    }

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
