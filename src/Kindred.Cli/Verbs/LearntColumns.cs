using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Tables;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>The columns that a classifier or a detector has learnt, found in a table that it is used on: without one of them nothing is done, other columns and names never seen are told of.</summary>
internal sealed class LearntColumns
{
    private const int MostNamed = 5;

    // of a stream without end so many names of a column are kept apart
    private const int MostCounted = 1000;

    private readonly TableEncoder _encoder;
    private readonly string[] _names;
    private readonly InputTable _table;
    private readonly Dictionary<string, int>[] _unseen;
    private readonly long[] _rowsUnseen;
    private int[] _places;
    private int _columns;
    private long _rows;

    public static Option<string[]> Ignore { get; } = new("--ignore") { Description = "Columns to leave out, one or more.", AllowMultipleArgumentsPerToken = true };

    /// <summary>What of a table is encoded, to learn from it.</summary>
    /// <param name="table">Its first rows are read: of .jsonl they name the columns.</param>
    /// <param name="text">--text: what it names is encoded, left out or not.</param>
    /// <param name="ignored">--ignore.</param>
    /// <param name="model">As <see cref="InputTable.Encoded"/> takes it.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Null where it is left out or not there, so that the other columns are learnt.</returns>
    public static EncodedColumn? Encoded(InputTable table, string? text, string[] ignored, string? model, CancellationToken cancel)
    {
        table.LookAhead(cancel);
        int[] left = [.. ignored.Select(table.Column)];
        if (text is null && ((string[])["text", MediaEncoder.Column]).Any(c => table.Has(c) && left.Contains(table.Column(c)))) return null;
        var encoded = table.Encoded(text, model, columns: true, cancel);
        if (encoded?.TitleAt is { } title && left.Contains(title))
            throw new ArgumentException($"--ignore {table.Columns[title]}: it is read before {table.Columns[encoded.At]}; --text {table.Columns[encoded.At]} reads that alone, at fit and wherever what is learnt is used");
        return encoded;
    }

    /// <param name="encoder">What was learnt.</param>
    /// <param name="table">Where it is used.</param>
    /// <param name="label">The column of labels, which is not learnt from.</param>
    /// <param name="what">What has learnt: a classifier or a detector.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="FormatException">Columns are missing.</exception>
    public LearntColumns(TableEncoder encoder, InputTable table, int? label, string what, CancellationToken cancel)
    {
        (_encoder, _table) = (encoder, table);
        _names = [.. encoder.Columns.Select(c => c.Name)];
        _places = Places([.. encoder.Columns.Where(c => c.Kind != ColumnKind.Ignored).Select(c => c.Name)], _names, table, what, cancel);
        _columns = table.Columns.Count;
        _rowsUnseen = new long[_places.Length];
        _unseen = [.. encoder.Columns.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        string[] more = [.. table.Columns.Where((_, c) => c != label && !_places.Contains(c))];
        if (more.Length > 0) Console.Error.WriteLine(Output.Plain($"kindred: {Output.Count(more.Length, "column")} of {table.Name} {(more.Length == 1 ? "is" : "are")} not read, for the {what} has not learnt from {(more.Length == 1 ? "it" : "them")}: {Named(more)}"));
    }

    /// <summary>Where columns are in a table; -1 for one that is not there and not needed, or that a later row of a stream may bring.</summary>
    public static int[] Places(string[] needed, string[] all, InputTable table, string what, CancellationToken cancel)
    {
        // a row of a stream is answered before the next one comes
        if (!table.IsStream) table.LookAhead(cancel);
        string[] missing = [.. needed.Where(c => !table.Has(c))];
        bool mayCome = table is { IsStream: true, IsJson: true } && missing.Length < needed.Length;
        if (missing.Length > 0 && !mayCome)
        {
            string header = missing.Length == needed.Length && table.Columns.Any(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) ? "; the line with the columns' names looks missing: put one on top" : "";
            throw new FormatException($"{table.Name}: there is no column {string.Join(", ", missing.Select(m => $"'{m}'"))}, which the {what} has learnt from; the columns are {string.Join(", ", table.Columns.Take(20))}{header}");
        }

        return Places(all, table);
    }

    private static int[] Places(string[] all, InputTable table) => [.. all.Select(c => table.Has(c) ? table.Column(c) : -1)];

    /// <summary>A row's values in the order in which they were learnt.</summary>
    public string[] Values(TableRow row)
    {
        _rows++;
        if (_columns < _table.Columns.Count) (_places, _columns) = (Places(_names, _table), _table.Columns.Count);
        string[] values = [.. _places.Select(p => p < 0 ? "" : InputTable.Value(row, p))];
        for (int c = 0; c < values.Length; c++)
        {
            var column = _encoder.Columns[c];
            bool missing = column.Kind != ColumnKind.Ignored && !column.HadMissing && TableEncoder.IsMissing(values[c]);
            if (!missing && _encoder.Knows(c, values[c])) continue;
            string name = missing ? "(missing)" : values[c].Trim();
            _rowsUnseen[c]++;
            if (_unseen[c].Count < MostCounted || _unseen[c].ContainsKey(name)) _unseen[c][name] = _unseen[c].GetValueOrDefault(name) + 1;
        }

        return values;
    }

    /// <summary>Says which names were never seen, and what was never missing.</summary>
    public void Tell()
    {
        for (int c = 0; c < _unseen.Length; c++)
        {
            if (_unseen[c].Count == 0) continue;
            string[] names = [.. _unseen[c].OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{SearchVerb.Shorten(n.Key, 40)} ({n.Value})")];
            Console.Error.WriteLine(Output.Plain($"kindred: column {_encoder.Columns[c].Name}: {_rowsUnseen[c]} of {Output.Count(_rows, "row")} of {_table.Name} {(_rowsUnseen[c] == 1 ? "holds" : "hold")} what it never held when it was learnt: {Named(names)}"));
        }
    }

    private static string Named(string[] names) => $"{string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "")}";
}
