using System.Globalization;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>--in of detect: the rows of a table, with the columns it has.</summary>
internal sealed class DetectTable : IDisposable
{
    private const int MostTold = 5;

    private readonly TableReader _reader;
    private IEnumerator<TableRow>? _rows;
    private TableRow? _first;
    private long _unusable;

    private DetectTable(TableReader reader, bool stream) => (_reader, IsStream) = (reader, stream);

    public string Name => _reader.Name;

    public IReadOnlyList<string> Columns => _reader.Columns;

    public bool IsTexts => _reader.Format == TableFormat.Lines;

    /// <summary>Whether rows come one by one and are waited for.</summary>
    public bool IsStream { get; }

    public static DetectTable Open(string file)
    {
        var table = new DetectTable(file == "-" ? OfInput() : MediaEncoder.Open(file), file == "-");
        if (table.IsTexts) return table;
        if (table.Columns.Count == 0) throw new IOException($"{table.Name}: the table is empty");
        if (table._reader.Format != TableFormat.Jsonl && table.Columns.All(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            throw new FormatException($"{table.Name}, line 1: numbers, where the names of the columns are wanted: put a header line on top");
        return table;
    }

    public IEnumerable<TableRow> Rows(CancellationToken cancel)
    {
        _rows ??= _reader.Rows(cancel).GetEnumerator();
        if (_first is { } first) yield return first;
        _first = null;
        while (_rows.MoveNext()) yield return _rows.Current;
    }

    /// <summary>The first value of a column, before the rows are read; null where there is no row.</summary>
    public string? First(string column, CancellationToken cancel)
    {
        if (_rows is null && (_rows = _reader.Rows(cancel).GetEnumerator()).MoveNext()) _first = _rows.Current;
        return _first is { } row ? Value(row, Column(column)) : null;
    }

    /// <summary>The column of what is encoded: the one named, else text, else names of files; null where there is none of them.</summary>
    public string? Encoded(string? named) => IsTexts ? "text" : named ?? (Has("text") ? "text" : Has(MediaEncoder.Column) ? MediaEncoder.Column : null);

    /// <summary>The place of a column that is asked for; of none that was not, where there is one called label or anomaly.</summary>
    public int? Label(string? name) => name is not null ? _reader.Column(name) : Array.Find(["label", "anomaly"], _reader.HasColumn) is { } usual ? _reader.Column(usual) : null;

    public int Column(string name) => _reader.Column(name);

    public bool Has(string name) => _reader.HasColumn(name);

    public static string Value(TableRow row, int column) => column < row.Values.Count ? row.Values[column] : "";

    /// <summary>A row that cannot be used is told of, and counted.</summary>
    public void Leave(long row, string problem)
    {
        if (_unusable++ < MostTold) Console.Error.WriteLine(Output.Plain($"kindred: {Name}, row {row}: {problem}; the row is left out"));
    }

    public void TellUnusable()
    {
        if (_unusable > 0) Console.Error.WriteLine($"kindred: {_unusable} rows of {Name} were left out");
        if (_reader.LinesNotUtf8 > 0) Console.Error.WriteLine($"kindred: {_reader.LinesNotUtf8} lines of {Name} are not UTF-8 and were read as Latin-1");
    }

    public void Dispose()
    {
        _rows?.Dispose();
        _reader.Dispose();
    }

    /// <summary>Standard input has no ending to tell its format: the first line does. Rows are handed on as they come.</summary>
    private static TableReader OfInput()
    {
        var input = Console.OpenStandardInput();
        byte[] start = new byte[1 << 16];
        int length = 0;
        while (length < start.Length && !start.AsSpan(0, length).Contains((byte)'\n') && input.Read(start, length, start.Length - length) is > 0 and var read) length += read;
        var head = start.AsSpan(0, length);
        var line = head.IndexOf((byte)'\n') is >= 0 and var end ? head[..end] : head;
        TableFormat? format = head is [0x1F, 0x8B, ..] ? null : head.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] ? TableFormat.Jsonl : line.Contains((byte)'\t') ? TableFormat.Tsv : TableFormat.Csv;
        return TableReader.Open(new PrefixedStream(start.AsMemory(0, length), input), "standard input", format);
    }
}
