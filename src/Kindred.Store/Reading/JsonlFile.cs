using System.Text;
using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>JSON Lines: a line is a document, an object with "text" (without one, its fields as "name: value") or a string.</summary>
internal static class JsonlFile
{
    public static ReadResult Read(string text, string? note, string path, CancellationToken cancel)
    {
        // once to its end for the errors, so that no line is handed out of a file that turns out to be broken
        long rows = 0;
        var blank = new BlankRows();
        foreach (var line in TextLine.Of(text))
        {
            if ((line.Number & 255) == 0) cancel.ThrowIfCancellationRequested();
            if (line.Text.Span.IsWhiteSpace()) continue;
            using var json = JsonLine.Parse(line, path, ref note);
            if (json.RootElement.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
                throw JsonLine.Wrong(line, path, "neither an object nor a string");
            if (json.RootElement.ValueKind == JsonValueKind.Object && JsonLine.TryGet(json.RootElement, "text", out _, out var member)
                && member.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                throw JsonLine.Wrong(line, path, "\"text\" is not a string");
            rows++;
            if (Body(json.RootElement, out _, out _).AsSpan().IsWhiteSpace()) blank.Add(line.Number);
        }
        if (rows == 0) throw new UnreadableDocumentException(path, "empty: no lines");
        return new ReadResult(Lines(text, path), blank.Note(note));
    }

    private static IEnumerable<Document> Lines(string text, string path)
    {
        string? note = null;
        int row = 0;
        foreach (var line in TextLine.Of(text))
        {
            if (line.Text.Span.IsWhiteSpace()) continue;
            row++;
            using var json = JsonLine.Parse(line, path, ref note);
            var root = json.RootElement;
            string body = Body(root, out bool hasText, out string textName);
            string? title = null;
            var payload = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            if (root.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in root.EnumerateObject())
                    if (!hasText || property.Name != textName) payload[property.Name] = property.Value.Clone();
                if (JsonLine.TryGet(root, "title", out _, out var named) && named.ValueKind == JsonValueKind.String) title = named.GetString();
            }
            if (body.AsSpan().IsWhiteSpace()) continue;
            yield return new Document
            {
                Id = FormattableString.Invariant($"{path}#{row}"),
                Text = body,
                Title = string.IsNullOrWhiteSpace(title) ? null : title,
                Payload = payload,
                FirstLine = (int)line.Number,
            };
        }
    }

    private static string Body(JsonElement root, out bool hasText, out string textName)
    {
        (hasText, textName) = (false, "");
        if (root.ValueKind == JsonValueKind.String) return root.GetString()!;
        hasText = JsonLine.TryGet(root, "text", out textName, out var member);
        return hasText ? JsonLine.Plain(member) : Joined(root);
    }

    private static string Joined(JsonElement record)
    {
        var text = new StringBuilder();
        foreach (var property in record.EnumerateObject())
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(property.Name).Append(": ").Append(JsonLine.Plain(property.Value));
        }
        return text.ToString();
    }
}
