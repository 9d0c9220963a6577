using Markdig;
using Markdig.Parsers;

namespace Kindred.Store.Reading;

/// <summary>
/// Finds the headings of a Markdown text line by line, by the rules of CommonMark 0.31 for those that stand in no list or quotation. A parser of the
/// whole would take time in the square of the text for a long list of link definitions, and needs no more than a few kilobytes to be stopped by depth.
/// </summary>
internal static class MarkdownHeadings
{
    /// <summary>Of a longer heading the marks are left in its text.</summary>
    private const int MostInlines = 1000;

    private const int None = -1, InContainer = -2;

    private static readonly MarkdownPipeline Inlines = InlinesOnly();

    private static MarkdownPipeline InlinesOnly()
    {
        var builder = new MarkdownPipelineBuilder();
        builder.BlockParsers.Clear();
        builder.BlockParsers.Add(new ParagraphBlockParser { ParseSetextHeadings = false });
        return builder.Build();
    }

    public static List<DocumentHeading> Find(string text)
    {
        var headings = new List<DocumentHeading>();
        int at = 0, paragraph = None, fence = 0;
        char fenceMark = '\0';
        foreach (var line in TextLine.Of(text))
        {
            int start = at;
            at += line.Text.Length + line.Break.Length;
            var content = line.Text.Span.TrimStart(" \t");
            int indent = Columns(line.Text.Span[..(line.Text.Length - content.Length)]);
            content = content.TrimEnd();
            if (fence > 0)
            {
                if (indent < 4 && Run(content, fenceMark) is var closing && closing >= fence && closing == content.Length) fence = 0;
            }
            else if (content.IsEmpty) paragraph = None;
            else if (indent >= 4)
            {
                // code, or a paragraph that goes on
            }
            else if (Fence(content) is > 0 and var opening) (fence, fenceMark, paragraph) = (opening, content[0], None);
            else if (Level(content) is > 0 and var level)
            {
                Add(start, level, WithoutClosing(content[level..].Trim()));
                paragraph = None;
            }
            else if (paragraph >= 0 && content[0] is '=' or '-' && Run(content, content[0]) == content.Length)
            {
                Add(paragraph, content[0] == '=' ? 1 : 2, text.AsSpan(paragraph, start - paragraph).Trim());
                paragraph = None;
            }
            else if (IsRule(content)) paragraph = None;
            else if (ContainerMark(content, inParagraph: paragraph >= 0) > 0) paragraph = HoldsParagraph(content) ? InContainer : None;
            else if (paragraph == None) paragraph = start;
        }
        return headings;

        void Add(int offset, int level, ReadOnlySpan<char> raw)
        {
            string plain = TextDecoder.Clean(Plain(raw.ToString()).ReplaceLineEndings(" ").Trim(), null).Text;
            if (plain.Length > 0) headings.Add(new DocumentHeading(offset, level, plain));
        }
    }

    private static string Plain(string raw)
    {
        if (raw.Length > MostInlines) return raw;
        try
        {
            string plain = Markdown.ToPlainText(raw, Inlines);
            return string.IsNullOrWhiteSpace(plain) ? raw : plain;   // what reads as the definition of a link is empty as text
        }
        catch (ArgumentException)
        {
            return raw;   // nested too deeply for it
        }
    }

    /// <summary>The text without marks "##" at its end, which close a heading if a space is before them.</summary>
    private static ReadOnlySpan<char> WithoutClosing(ReadOnlySpan<char> text)
    {
        var open = text.TrimEnd('#');
        return open.IsEmpty || open[^1] is ' ' or '\t' ? open.TrimEnd() : text;
    }

    private static int Run(ReadOnlySpan<char> text, char mark)
    {
        int end = text.IndexOfAnyExcept(mark);
        return end < 0 ? text.Length : end;
    }

    private static int Columns(ReadOnlySpan<char> space)
    {
        int columns = 0;
        foreach (char c in space) columns = c == '\t' ? (columns | 3) + 1 : columns + 1;
        return columns;
    }

    private static bool IsRule(ReadOnlySpan<char> content)
    {
        char mark = content[0];
        if (mark is not ('-' or '*' or '_')) return false;
        int marks = content.Count(mark);
        return marks >= 3 && marks + content.Count(' ') + content.Count('\t') == content.Length;
    }

    /// <summary>The length of the marks that open a block of code, or 0.</summary>
    private static int Fence(ReadOnlySpan<char> content) =>
        content[0] is '`' or '~' && Run(content, content[0]) is >= 3 and var marks && (content[0] == '~' || !content[marks..].Contains('`')) ? marks : 0;

    /// <summary>The level of a heading "# …", or 0.</summary>
    private static int Level(ReadOnlySpan<char> content) =>
        Run(content, '#') is > 0 and <= 6 and var level && (level == content.Length || content[level] is ' ' or '\t') ? level : 0;

    /// <summary>
    /// The length of the mark that starts a quotation or an item of a list, or 0. An empty item, or a number other than 1, does not break into a paragraph.
    /// </summary>
    private static int ContainerMark(ReadOnlySpan<char> content, bool inParagraph)
    {
        if (content[0] == '>') return 1;
        int digits = content.IndexOfAnyExceptInRange('0', '9');
        int mark = content[0] is '-' or '+' or '*' ? 1 : digits is > 0 and <= 9 && content[digits] is '.' or ')' ? digits + 1 : 0;
        if (mark == 0 || (mark < content.Length && content[mark] is not (' ' or '\t'))) return 0;
        return !inParagraph || (mark < content.Length && (mark == 1 || content[..digits] is "1")) ? mark : 0;
    }

    /// <summary>Whether there is a paragraph behind the marks of a line, which the next line may carry on without a mark of its own.</summary>
    private static bool HoldsParagraph(ReadOnlySpan<char> content)
    {
        while (ContainerMark(content, inParagraph: false) is > 0 and var mark)
        {
            var rest = content[mark..];
            content = rest.TrimStart(" \t");
            if (content.IsEmpty || Columns(rest[..(rest.Length - content.Length)]) > 4 || Level(content) > 0 || Fence(content) > 0 || IsRule(content)) return false;
        }
        return true;
    }
}
