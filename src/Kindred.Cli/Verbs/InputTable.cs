using System.Globalization;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>--in: the rows of a table, or of a folder of pictures or sounds, with the columns it has, and what of it is encoded.</summary>
internal sealed class InputTable : IDisposable
{
    /// <summary>Rows that are looked at before it is decided what is encoded.</summary>
    private const int Sample = 1000;

    private readonly TableReader _reader;
    private readonly string _file;
    private readonly Queue<TableRow> _ahead = [];
    private IEnumerator<TableRow>? _rows;
    private long _notUtf8;
    private bool _watched;

    private InputTable(TableReader reader, string file) => (_reader, _file) = (reader, file);

    public string Name => _reader.Name;

    public IReadOnlyList<string> Columns => _reader.Columns;

    public bool IsTexts => _reader.Format == TableFormat.Lines;

    /// <summary>Whether each row names its values, so that one which is missing is not there by name either.</summary>
    public bool IsJson => _reader.Format == TableFormat.Jsonl;

    /// <summary>Whether rows come one by one and are waited for.</summary>
    public bool IsStream => _file == "-";

    /// <param name="file">--in.</param>
    /// <param name="unusable">Counts the rows that cannot be used, where the caller wants them; they are then told as the caller's.</param>
    /// <param name="watched">Whether a line that is no row is one of those, instead of an error: who watches a stream wants the next one.</param>
    public static InputTable Open(string file, UnusableRows? unusable = null, bool watched = false)
    {
        if (VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors; a table is wanted here");
        var reader = Directory.Exists(file) ? MediaEncoder.List(file) : TableReader.Open(file);
        var table = new InputTable(reader, file) { Unusable = unusable ?? new UnusableRows(reader.Name), _watched = watched };
        if (table.IsTexts) return table;
        if (table.Columns.Count == 0) throw new IOException($"{table.Name}: the table is empty");
        if (table._reader.Format != TableFormat.Jsonl && table.Columns.All(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            throw new FormatException($"{table.Name}, line 1: numbers, where the names of the columns are wanted: put a header line on top");
        return table;
    }

    public IEnumerable<TableRow> Rows(CancellationToken cancel)
    {
        var rows = Unread(cancel);
        while (true)
        {
            if (_ahead.TryDequeue(out var row)) yield return row;
            else if (rows.MoveNext()) yield return rows.Current;
            else yield break;
        }
    }

    /// <summary>What of the table is encoded: texts, or the pictures or sounds that a column names. All verbs go by it; docs/command.md says it to users.</summary>
    /// <param name="named">--text.</param>
    /// <param name="model">--model, or what a saved classifier or detector was fitted with; <see cref="Encoder.AnyOfTexts"/> where only texts will do, null where what is there decides.</param>
    /// <param name="columns">Whether a table that has neither will do, for its other columns.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Null where the other columns are what counts.</returns>
    public EncodedColumn? Encoded(string? named, string? model, bool columns, CancellationToken cancel)
    {
        if (model is null) LookAhead(cancel);
        bool files = MediaEncoder.Names(model);
        string? column = named ?? Array.Find<string>(files ? [MediaEncoder.Column, "text"] : ["text", MediaEncoder.Column], Has);
        int at = column is null ? -1 : Column(column);
        var media = files ? MediaEncoder.Open(_file, model!) : model is null && column is not null ? FilesIn(column, at, named is null && columns) : null;
        if (column is not null && (media is not null || named is not null || column == "text")) return new(at, named is null && media is null && Has(TableFile.Title) ? Column(TableFile.Title) : null, media);
        if (columns && model is null) return null;
        throw new FormatException(Directory.Exists(_file)
            ? $"{Name} is a folder of pictures or sounds, where texts are wanted"
            : $"{Name}: there is no column '{(files ? MediaEncoder.Column : "text")}', and --text names no other; the columns are {string.Join(", ", Columns.Take(20))}");
    }

    /// <summary>The encoder where the first name ends as one of a picture or sound does, and one of the files is there: a text may end in .jpg too.</summary>
    private MediaEncoder? FilesIn(string column, int at, bool mayBeLeft)
    {
        string[] names = [.. _ahead.Select(row => Value(row, at)).Where(name => !string.IsNullOrWhiteSpace(name))];
        var media = names.Length == 0 ? null : MediaEncoder.ByEnding(_file, names[0]);
        if (media is null || names.Any(media.IsThere)) return media;
        string problem = $"{Name}: none of the files that column '{column}' names is there, such as {SearchVerb.Shorten(names[0], 60)}";
        if (column == MediaEncoder.Column && !mayBeLeft) throw new IOException($"{problem}; names are relative to the table");
        Console.Error.WriteLine(Output.Plain($"kindred: {problem}: {(column == MediaEncoder.Column ? "it is taken as a column like the others" : "they are read as texts")}"));
        return null;
    }

    /// <summary>Reads the first rows, which then come as usual: those of .jsonl name the columns.</summary>
    public void LookAhead(CancellationToken cancel)
    {
        var rows = Unread(cancel);
        while (_ahead.Count < Sample && rows.MoveNext()) _ahead.Enqueue(rows.Current);
    }

    private IEnumerator<TableRow> Unread(CancellationToken cancel) => _rows ??= _reader.Rows(_watched ? Unusable.Add : null, cancel).GetEnumerator();

    /// <summary>The place of a column that is asked for; of none that was not, where there is one called label or anomaly.</summary>
    public int? Label(string? name) => name is not null ? _reader.Column(name) : Array.Find(["label", "anomaly"], _reader.HasColumn) is { } usual ? _reader.Column(usual) : null;

    public int Column(string name) => _reader.Column(name);

    public bool Has(string name) => _reader.HasColumn(name);

    /// <summary>Blank where the row has no such column, and for a column below 0, which is not there.</summary>
    public static string Value(TableRow row, int column) => (uint)column < (uint)row.Values.Count ? row.Values[column] : "";

    /// <summary>Rows that cannot be used.</summary>
    public required UnusableRows Unusable { get; init; }

    /// <summary>Says how many rows cannot be used, and how many lines are not UTF-8, where that was not said yet.</summary>
    public void TellUnusable()
    {
        Unusable.Tell();
        if (_reader.LinesNotUtf8 > _notUtf8) Console.Error.WriteLine($"kindred: {Output.Count(_reader.LinesNotUtf8, "line")} of {Name} {(_reader.LinesNotUtf8 == 1 ? "is not UTF-8 and was" : "are not UTF-8 and were")} read as Latin-1");
        _notUtf8 = _reader.LinesNotUtf8;
    }

    public void Dispose()
    {
        _rows?.Dispose();
        _reader.Dispose();
    }
}
