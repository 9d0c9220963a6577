using System.Text;
using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>Tables with a header row: a row is a document. The column "text" is its text; without one, all columns are, as "name: value".</summary>
internal static class CsvFile
{
    public static ReadResult Read(string text, string? note, string path, bool quotes, CancellationToken cancel)
    {
        // once to its end for the errors, so that no row is handed out of a table that turns out to be broken
        long rows = -1;
        int textColumn = -1;
        var blank = new BlankRows();
        foreach (var (fields, line, problem) in DelimitedText.Rows(ReturnableLines.Of(text), path, quotes))
        {
            if (problem is not null) throw problem;
            if ((++rows & 1023) == 0) cancel.ThrowIfCancellationRequested();
            if (rows == 0) textColumn = IndexOf(DelimitedText.Names(fields), "text");
            else if (textColumn >= 0 ? string.IsNullOrWhiteSpace(fields[textColumn]) : Array.TrueForAll(fields, f => f.Length == 0)) blank.Add(line);
        }
        if (rows < 1) throw new UnreadableDocumentException(path, "empty: a header and no rows");
        return new ReadResult(Rows(text, path, quotes), blank.Note(note));
    }

    private static IEnumerable<Document> Rows(string text, string path, bool quotes)
    {
        string[]? names = null;
        int textColumn = -1, titleColumn = -1, row = 0;
        foreach (var (fields, line, _) in DelimitedText.Rows(ReturnableLines.Of(text), path, quotes))
        {
            if (names is null)
            {
                names = DelimitedText.Names(fields);
                textColumn = IndexOf(names, "text");
                titleColumn = IndexOf(names, "title");
                continue;
            }
            row++;
            var payload = new Dictionary<string, JsonElement>(names.Length, StringComparer.Ordinal);
            for (int i = 0; i < names.Length; i++)
                if (i != textColumn && fields[i].Length > 0) payload[names[i]] = PayloadValue.OfCell(fields[i]);
            string body = textColumn >= 0 ? fields[textColumn] : Joined(names, fields);
            if (body.AsSpan().IsWhiteSpace()) continue;
            yield return new Document
            {
                Id = FormattableString.Invariant($"{path}#{row}"),
                Text = body,
                Title = titleColumn >= 0 && fields[titleColumn].Length > 0 ? fields[titleColumn] : null,
                Payload = payload,
                FirstLine = (int)line,
            };
        }
    }

    private static int IndexOf(string[] names, string name)
    {
        int exact = Array.IndexOf(names, name);
        return exact >= 0 ? exact : Array.FindIndex(names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static string Joined(string[] names, string[] fields)
    {
        var text = new StringBuilder();
        for (int i = 0; i < names.Length; i++)
        {
            if (fields[i].Length == 0) continue;
            if (text.Length > 0) text.Append('\n');
            text.Append(names[i]).Append(": ").Append(fields[i]);
        }
        return text.ToString();
    }
}
