using System.Globalization;
using System.Text;

namespace Kindred.Store.Reading;

/// <summary>The text of a Word document as its elements go by: paragraphs parted by an empty line, list items and table rows by a line break, cells by a tab.</summary>
internal sealed class DocxText(Dictionary<string, int> levels, long limit, string path)
{
    private readonly StringBuilder _text = new();
    private readonly Stack<Paragraph> _paragraphs = new();
    private readonly Stack<Row> _rows = new();
    private long _length;
    private bool _lastWasLine;

    /// <summary>The headings so far.</summary>
    public List<DocumentHeading> Headings { get; } = [];

    /// <summary>An outline level as the file counts it, 0 to 8, as ours, 1 to 9; body text has none.</summary>
    public static int? Level(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level <= 8 ? level + 1 : null;

    public void Open(string name, string? value)
    {
        switch (name)
        {
            case "p":
                _paragraphs.Push(new Paragraph());
                break;
            case "tr":
                _rows.Push(new Row());
                break;
            case "tc" when _rows.TryPeek(out var row):
                row.Cells.Add(new StringBuilder());
                break;
            case "pStyle" when value is not null && _paragraphs.TryPeek(out var p) && levels.TryGetValue(value, out int level):
                p.Level = level;
                break;
            case "outlineLvl" when _paragraphs.TryPeek(out var p):
                p.Level = Level(value) ?? p.Level;
                break;
            case "numId" when _paragraphs.TryPeek(out var p):
                p.IsItem = value != "0";
                break;
            case "tab" or "ptab":
                Add("\t");
                break;
            case "br" or "cr":
                Add("\n");
                break;
            case "noBreakHyphen":
                Add("-");
                break;
        }
    }

    public void Close(string name)
    {
        if (name == "p" && _paragraphs.TryPop(out var paragraph)) End(paragraph);
        else if (name == "tr" && _rows.TryPop(out var row)) End(row);
    }

    public void Add(ReadOnlySpan<char> text)
    {
        // tab stops in paragraph settings are called "tab" too: they come before any text and are trimmed away
        if (!_paragraphs.TryPeek(out var paragraph)) return;
        _length += text.Length;
        if (_length > limit) throw new UnreadableDocumentException(path, FormattableString.Invariant($"over {limit} characters of text (ReadOptions.MaxBytes)"));
        paragraph.Text.Append(text);
    }

    /// <summary>Ends what a damaged part left open.</summary>
    public void EndPart()
    {
        while (_paragraphs.TryPop(out var paragraph)) End(paragraph);
        while (_rows.TryPop(out var row)) End(row);
    }

    public override string ToString() => _text.ToString();

    private void End(Paragraph paragraph)
    {
        string text = paragraph.Text.ToString().Trim();
        if (text.Length == 0) return;
        if (_rows.TryPeek(out var row) && row.Cells.Count > 0)
        {
            var cell = row.Cells[^1];
            if (cell.Length > 0) cell.Append(' ');
            cell.Append(text.ReplaceLineEndings(" ").Replace('\t', ' '));
            return;
        }
        bool isItem = paragraph.IsItem && paragraph.Level == 0;
        Line(isItem ? "- " + text : text, isItem);
        if (paragraph.Level > 0) Headings.Add(new DocumentHeading(_text.Length - text.Length, paragraph.Level, text.ReplaceLineEndings(" ")));
    }

    private void End(Row row)
    {
        string text = string.Join('\t', row.Cells).TrimEnd();
        if (text.Length == 0) return;
        if (_rows.TryPeek(out var outer) && outer.Cells.Count > 0)
        {
            var cell = outer.Cells[^1];
            if (cell.Length > 0) cell.Append(' ');
            cell.Append(text.Replace('\t', ' '));
        }
        else Line(text, isLine: true);
    }

    private void Line(string text, bool isLine)
    {
        if (_text.Length > 0) _text.Append(isLine && _lastWasLine ? "\n" : "\n\n");
        _text.Append(text);
        _lastWasLine = isLine;
    }

    private sealed class Paragraph
    {
        public StringBuilder Text { get; } = new();
        public int Level { get; set; }
        public bool IsItem { get; set; }
    }

    private sealed class Row
    {
        public List<StringBuilder> Cells { get; } = [];
    }
}
