using System.Text.Json;

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

    [Fact]
    public void Deep_nesting_ends_the_search_for_headings_not_the_process()
    {
        foreach (string deep in (string[])[new string('>', 20_000) + " x", string.Concat(Enumerable.Range(0, 2000).Select(i => new string(' ', 2 * i) + "- a\n")),
            "---\na: " + new string('[', 50_000) + "\n---\ntext", new string('[', 50_000), new string('*', 50_000)])
            Assert.True(Read.ValueOrRefusal("a.md", System.Text.Encoding.UTF8.GetBytes("# Head\n\n" + deep)) | Read.ValueOrRefusal("a.md", System.Text.Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void A_long_text_takes_time_in_proportion()
    {
        string text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"## Heading {i}\n\nSome text with *emphasis* and `code`.\n\n"));
        Assert.Equal(50_000, Read.One("a.md", text).Headings.Count);
    }
}
