using System.Text.Json;
using CsCheck;
using Markdig;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Kindred.Store.Tests.Reading;

public sealed class MarkdownFileTests
{
    private const string Note = """
        ---
        title: Keeping a laptop cool
        tags: [hardware, "heat", 7]
        stars: 4
        price: 1.50
        draft: false
        part: 007
        empty:
        author:
          name: Zoë
          langs: [de, en]
        ---

        # Cooling

        Clean the fan.

        Second *title* here
        ===================

        ```
        # not a heading
        ```

        ### Deep `code` and [a link](http://example.org)

        Text.
        """;

    [Fact]
    public void Front_matter_is_payload_and_the_text_starts_behind_it()
    {
        var document = Read.One("a.md", Note);
        Assert.Equal("Keeping a laptop cool", document.Title);
        Assert.StartsWith("\n# Cooling", document.Text);
        Assert.Equal(13, document.FirstLine);
        var payload = document.Payload;
        Assert.Equal(["hardware", "heat"], payload["tags"].EnumerateArray().Take(2).Select(t => t.GetString()));
        Assert.Equal(7, payload["tags"][2].GetInt32());
        Assert.Equal((4, 1.5, JsonValueKind.False), (payload["stars"].GetInt32(), payload["price"].GetDouble(), payload["draft"].ValueKind));
        Assert.Equal("007", payload["part"].GetString());   // a name, not a number
        Assert.Equal(JsonValueKind.Null, payload["empty"].ValueKind);
        Assert.Equal("Zoë", payload["author"].GetProperty("name").GetString());
    }

    [Fact]
    public void Headings_stand_where_their_lines_start()
    {
        var document = Read.One("a.md", Note);
        Assert.Equal([(1, "Cooling"), (1, "Second title here"), (3, "Deep code and a link")], document.Headings.Select(h => (h.Level, h.Text)));
        Assert.Equal(["# Cooling", "Second *title* here", "### Deep `code` and [a link](http://example.org)"],
            document.Headings.Select(h => document.Text[h.Offset..].Split('\n')[0]));
    }

    [Fact]
    public void Line_breaks_of_windows_move_nothing()
    {
        var unix = Read.One("a.md", Note);
        var windows = Read.One("a.md", Note.Replace("\n", "\r\n"));
        Assert.Equal(unix.Payload.Keys, windows.Payload.Keys);
        Assert.Equal(unix.FirstLine, windows.FirstLine);
        Assert.Equal(unix.Headings.Select(h => h.Text), windows.Headings.Select(h => h.Text));
        Assert.All(windows.Headings, h => Assert.True(h.Offset == 0 || windows.Text[h.Offset - 1] == '\n'));
    }

    [Fact]
    public void Without_a_stated_title_the_first_heading_is_it()
    {
        Assert.Equal("One", Read.One("a.md", "# One\ntext").Title);
        Assert.Null(Read.One("a.md", "text\n\n## Two\n").Title);
    }

    [Theory]
    [InlineData("---\n- a\n- list\n---\ntext")]
    [InlineData("---\njust words\n---\ntext")]
    [InlineData("---\na: [never closed\n---\ntext")]
    [InlineData("---\na: &x [1]\nb: *x\n---\ntext")]
    [InlineData("---\n? [complex]\n: key\n---\ntext")]
    public void Front_matter_that_is_no_plain_mapping_stays_text(string text)
    {
        var result = Read.Result("a.md", System.Text.Encoding.UTF8.GetBytes(text));
        var document = Assert.Single(result.Documents);
        Assert.Equal((text, 1), (document.Text, document.FirstLine));
        Assert.Empty(document.Payload);
        Assert.Contains("front matter", result.Note);
    }

    [Fact]
    public void A_rule_at_the_top_is_no_front_matter()
    {
        string text = "---\n\nA paragraph under a rule, never closed.\n";
        Assert.Equal(text, Read.One("a.md", text).Text);
        Assert.Contains("empty", Read.Refused("a.md", "---\na: b\n---\n\n").Reason);
    }

    [Fact]
    public void Aliases_that_multiply_a_billionfold_are_not_followed()
    {
        string yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 12).Select(i =>
            $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Empty(Read.One("a.md", $"---\n{yaml}---\ntext").Payload);
    }

    [Theory]
    [InlineData(">", 20_000), InlineData("> ", 20_000), InlineData("- ", 20_000), InlineData("1. ", 20_000), InlineData("[", 50_000), InlineData("*", 50_000), InlineData("`", 50_000)]
    [InlineData("![", 50_000), InlineData("<", 50_000), InlineData("\\", 50_000), InlineData("#", 50_000), InlineData("> - ", 20_000), InlineData("a\n", 200_000), InlineData("- a\n", 100_000)]
    [InlineData("    a\n", 100_000), InlineData("[a]: b\n", 50_000), InlineData("[a", 50_000), InlineData("~~~\n", 50_000), InlineData("a\n-\n", 10_000), InlineData("\t", 100_000)]
    public void No_pattern_takes_more_than_its_share_of_time(string piece, int times)
    {
        string pattern = string.Concat(Enumerable.Repeat(piece, times));
        foreach (string text in (string[])[pattern + "x", "# Head\n\n" + pattern + "x", "# " + pattern + "x\n", $"---\na: {pattern}\n---\ntext"])
            Assert.True(Read.ValueOrRefusal("a.md", System.Text.Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Held against Markdig, a parser of the whole of Markdown, on texts without the few things in which a parser by lines differs.</summary>
    [Fact]
    public void Headings_are_those_that_a_whole_parser_finds()
    {
        var lines = Gen.OneOf(
            "# One", "## Two ##", "###", "#No", "   # Indented", "    # code", "####### seven", "#\tTab", "# Closed#", "Text", "more *text*", "===", "---", "- - -", "--", "= =", "", "", "```", "~~~~", "``` x `", "***",
            "1. # item", "> quote", "- item", "1. first", "2. second", "* star", "+", "-", "\tcode", "  two", "___", "# \\# escaped", "# a [link](x)", "12) x");
        lines.Array[0, 12].Sample(chosen =>
        {
            string text = string.Join('\n', chosen) + "\n";
            var builder = new MarkdownPipelineBuilder().UsePreciseSourceLocation();
            builder.BlockParsers.RemoveAll(parser => parser is HtmlBlockParser);
            // headings below a list may belong to an item by their indentation: there, and only there, the two may differ
            if (chosen.Any(l => l.StartsWith(' ') || l.StartsWith('\t')) && chosen.Any(l => l.Length > 0 && (l[0] is '-' or '*' or '+' || char.IsAsciiDigit(l[0])))) return;
            var expected = Markdown.Parse(text, builder.Build()).OfType<HeadingBlock>().Where(h => h.Inline?.FirstChild is not null)
                .Select(h => (text.LastIndexOf('\n', Math.Max(0, h.Span.Start - 1)) + 1, h.Level));
            Assert.Equal(expected, Kindred.Store.Reading.MarkdownHeadings.Find(text).Select(h => (h.Offset, h.Level)));
        }, iter: 20_000);
    }

    [Theory]
    [InlineData("# 1. Introduction", "1. Introduction"), InlineData("# - dash", "- dash"), InlineData("# A *b* `c` [d](e) ![f](g) &amp; \\*", "A b c d f & *"), InlineData("# [a]: b", "[a]: b")]
    [InlineData("# C# and F# #", "C# and F#"), InlineData("Over two\nlines\n===", "Over two lines"), InlineData("# # a", "# a")]
    public void The_text_of_a_heading_is_plain(string text, string heading) => Assert.Equal(heading, Assert.Single(Read.One("a.md", text).Headings).Text);

    [Fact]
    public void Nested_lists_of_any_depth_are_read()
    {
        string deep = string.Concat(Enumerable.Range(0, 2000).Select(i => new string(' ', 2 * i) + "- a\n"));
        Assert.True(Read.ValueOrRefusal("a.md", System.Text.Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void A_long_text_takes_time_in_proportion()
    {
        string text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"## Heading {i}\n\nSome text with *emphasis* and `code`.\n\n"));
        Assert.Equal(50_000, Read.One("a.md", text).Headings.Count);
    }
}
