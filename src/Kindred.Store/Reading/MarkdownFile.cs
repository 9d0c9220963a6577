using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>Markdown: the text stays as it is written, so that lines and offsets are those of the file; headings are found beside it.</summary>
internal static class MarkdownFile
{
    public static ReadResult Read(string text, string? note, string path)
    {
        IReadOnlyDictionary<string, JsonElement>? payload = null;
        int firstLine = 1;
        if (FrontMatter.TryFind(text, out string yaml, out int body))
        {
            payload = FrontMatter.Parse(yaml);
            if (payload is null) note = TextDecoder.Join(note, "the front matter is not a plain YAML mapping: kept as text");
            else
            {
                firstLine += TextLine.Of(text[..body]).Count();
                text = text[body..];
                if (text.AsSpan().IsWhiteSpace()) throw new UnreadableDocumentException(path, "empty: nothing behind the front matter");
            }
        }
        var headings = MarkdownHeadings.Find(text);
        string? title = payload is not null && payload.TryGetValue("title", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (string.IsNullOrWhiteSpace(title)) title = headings is [{ Level: 1 } first, ..] ? first.Text : null;
        var document = new Document { Id = path, Text = text, Title = title, Headings = headings, FirstLine = firstLine };
        return new ReadResult([payload is null ? document : document with { Payload = payload }], note);
    }
}
