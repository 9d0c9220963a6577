namespace Kindred.Store.Reading;

/// <summary>How a table is written.</summary>
public enum TableFormat
{
    /// <summary>A text a line; the one column is called "text".</summary>
    Lines,

    /// <summary>A header row, then a row a line, tabs between columns, no quoting.</summary>
    Tsv,

    /// <summary>A header row, then rows as RFC 4180 writes them: quotes may enclose delimiters and line breaks.</summary>
    Csv,

    /// <summary>A JSON object a line (or a string, which is the column "text"); nested values stay JSON.</summary>
    Jsonl,
}
