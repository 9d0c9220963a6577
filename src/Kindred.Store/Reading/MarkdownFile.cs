using System.Text.Json;
using Markdig;
using Markdig.Parsers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Kindred.Store.Reading;

/// <summary>Markdown: the text stays as it is written, so that lines and offsets are those of the file; headings come from the syntax tree.</summary>
internal static class MarkdownFile
{
    // blocks alone: emphasis and links of the whole text would be parsed for nothing
    private static readonly MarkdownPipeline Blocks = BlocksOnly();

    private static MarkdownPipeline BlocksOnly()
    {
        var builder = new MarkdownPipelineBuilder().UsePreciseSourceLocation();
        builder.InlineParsers.Clear();
        builder.BlockParsers.RemoveAll(parser => parser is HtmlBlockParser);   // <!-- … --> must not hide the headings behind it
        return builder.Build();
    }

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
        var headings = Headings(text, ref note);
        string? title = payload is not null && payload.TryGetValue("title", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (string.IsNullOrWhiteSpace(title)) title = headings is [{ Level: 1 } first, ..] ? first.Text : null;
        var document = new Document { Id = path, Text = text, Title = title, Headings = headings, FirstLine = firstLine };
        return new ReadResult([payload is null ? document : document with { Payload = payload }], note);
    }

    private static List<DocumentHeading> Headings(string text, ref string? note)
    {
        var headings = new List<DocumentHeading>();
        try
        {
            foreach (var block in Markdown.Parse(text, Blocks))
            {
                if (block is not HeadingBlock heading || heading.Span.Start < 0 || heading.Span.Start >= text.Length) continue;
                // a "# Heading" keeps its mark, an underlined one may have more lines
                int start = text.LastIndexOfAny(['\n', '\r'], Math.Max(heading.Span.Start - 1, 0)) + 1;
                if (heading.Span.Start == 0) start = 0;
                // without parsers of inlines all of the heading's text is literal
                string raw = string.Concat(heading.Inline?.Descendants<LiteralInline>().Select(literal => literal.Content.ToString()) ?? []);
                string plain = raw.Length > 1000 ? raw[..1000] : Markdown.ToPlainText(raw);
                plain = TextDecoder.Clean(plain.ReplaceLineEndings(" ").Trim(), null).Text;
                if (plain.Length > 0) headings.Add(new DocumentHeading(start, heading.Level, plain));
            }
        }
        catch (ArgumentException)
        {
            // Markdig gives up at a fixed depth of quotes and lists
            note = TextDecoder.Join(note, "nested too deeply for its headings to be found");
            return [];
        }
        return headings;
    }
}
