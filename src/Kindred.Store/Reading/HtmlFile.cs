using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Text;

namespace Kindred.Store.Reading;

/// <summary>
/// The text of a page in reading order. It reads AngleSharp's tokens and builds no tree: time is linear and the stack flat however deep
/// elements are nested, where the tree's look-ups grow with the depth.
/// </summary>
internal static class HtmlFile
{
    private static readonly HashSet<string> Hidden = new(StringComparer.Ordinal)
    {
        "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "datalist", "canvas", "audio", "video", "noframes", "noembed", "title",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.Ordinal)
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol",
        "optgroup", "option", "p", "pre", "search", "section", "summary", "table", "caption", "tbody", "tfoot", "thead", "tr", "ul", "xmp", "listing", "plaintext",
    };

    public static ReadResult Read(string html, string? note, string path, CancellationToken cancel)
    {
        var page = new Page();
        using var source = new TextSource(html);
        var tokens = new HtmlTokenizer(source, HtmlEntityProvider.Resolver) { SkipComments = true };
        // inside an element that is not shown everything is passed over, up to its own end tag
        string? hidden = null;
        int depth = 0, count = 0;
        string? title = null;
        while (true)
        {
            if ((++count & 4095) == 0) cancel.ThrowIfCancellationRequested();
            var token = tokens.Get();
            if (token.Type == HtmlTokenType.EndOfFile) break;
            if (token.Type == HtmlTokenType.Character)
            {
                if (hidden is null) page.Add(token.Data);
                else if (hidden == "title") title ??= Collapse(token.Data);
                continue;
            }
            if (token.Type is not (HtmlTokenType.StartTag or HtmlTokenType.EndTag)) continue;
            string name = token.Name;
            bool opens = token.Type == HtmlTokenType.StartTag;
            if (opens) tokens.State = ModeAfter(name);
            if (hidden is not null)
            {
                if (name != hidden) continue;
                depth += opens ? (token.AsTag().IsSelfClosing ? 0 : 1) : -1;
                if (depth == 0) hidden = null;
            }
            else if (opens && Hidden.Contains(name))
            {
                if (name is "svg" or "math" && token.AsTag().IsSelfClosing) continue;
                (hidden, depth) = (name, 1);
            }
            else if (opens) page.Open(name, token);
            else page.Close(name);
        }
        var (text, headings) = page.Finish();
        (text, note) = TextDecoder.Clean(text, note);
        if (text.Length == 0) throw new UnreadableDocumentException(path, "empty: the page has no text");
        title = title is null ? null : TextDecoder.Clean(title, null).Text;
        if (string.IsNullOrWhiteSpace(title)) title = headings is [{ Level: 1 } first, ..] ? first.Text : null;
        return new ReadResult([new Document { Id = path, Text = text, Title = title, Headings = headings }], note);
    }

    /// <summary>What the tokenizer must be told after a start tag: a tree builder would do it.</summary>
    private static HtmlParseMode ModeAfter(string name) => name switch
    {
        "script" => HtmlParseMode.Script,
        "style" or "xmp" or "iframe" or "noembed" or "noframes" or "noscript" => HtmlParseMode.Rawtext,
        "title" or "textarea" => HtmlParseMode.RCData,
        "plaintext" => HtmlParseMode.Plaintext,
        _ => HtmlParseMode.PCData,
    };

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The text as it grows, with white space collapsed as a browser does.</summary>
    private sealed class Page
    {
        private readonly StringBuilder _text = new();
        private readonly List<DocumentHeading> _headings = [];
        private int _breaks, _heading = -1, _level, _verbatim;
        private bool _space, _cell;

        public void Add(string data)
        {
            foreach (char c in data)
            {
                if (_verbatim > 0)
                {
                    if (c == '\r') continue;
                    if (c == '\n') _breaks = Math.Max(_breaks, 0) + 1;
                    else Put(c);
                }
                else if (c is ' ' or '\t' or '\n' or '\r' or '\f') _space = true;
                else Put(c);
            }
        }

        public void Open(string name, AngleSharp.Html.Parser.Tokens.HtmlToken token)
        {
            switch (name)
            {
                case "br":
                    _breaks++;
                    break;
                case "td" or "th":
                    _cell = true;
                    break;
                case "img" or "area" when token.AsTag().GetAttribute("alt") is { Length: > 0 } alt:
                    _space = true;
                    Add(alt);
                    _space = true;
                    break;
                default:
                    Border(name);
                    break;
            }
            if (name is "pre" or "listing" or "textarea") _verbatim++;
            if (name is ['h', >= '1' and <= '6']) (_heading, _level) = (-2, name[1] - '0');
        }

        public void Close(string name)
        {
            if (name is ['h', >= '1' and <= '6'] && _heading != -1)
            {
                if (_heading >= 0)
                    _headings.Add(new DocumentHeading(_heading, _level, Collapse(_text.ToString(_heading, _text.Length - _heading))));
                _heading = -1;
            }
            if (name is "pre" or "listing" or "textarea" && _verbatim > 0) _verbatim--;
            if (name is not ("br" or "td" or "th")) Border(name);
        }

        public (string Text, List<DocumentHeading> Headings) Finish()
        {
            if (_heading >= 0) Close("h1");
            return (_text.ToString().TrimEnd(), _headings);
        }

        private void Border(string name)
        {
            if (!Blocks.Contains(name)) return;
            // rows of a list or table stand close together, other blocks are parted by an empty line
            bool close = name is "li" or "tr" or "dt" or "dd" or "option" or "optgroup" or "tbody" or "thead" or "tfoot";
            _breaks = Math.Max(_breaks, close ? 1 : 2);
            _cell = false;
        }

        private void Flush()
        {
            if (_text.Length == 0) { }
            else if (_breaks > 0) _text.Append('\n', Math.Min(_breaks, 2));
            else if (_cell) _text.Append('\t');
            else if (_space && _text[^1] is not (' ' or '\t' or '\n')) _text.Append(' ');
            (_breaks, _space, _cell) = (0, false, false);
        }

        private void Put(char c)
        {
            Flush();
            if (_heading == -2) _heading = _text.Length;
            _text.Append(c);
        }
    }
}
