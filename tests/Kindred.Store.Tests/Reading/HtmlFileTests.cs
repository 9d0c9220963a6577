using System.Text;

namespace Kindred.Store.Tests.Reading;

public sealed class HtmlFileTests
{
    [Fact]
    public void What_a_reader_sees_is_the_text()
    {
        var document = Read.One("a.html", """
            <!doctype html><html><head><title> The
              title &amp; more </title><style>p { color: red }</style><script>var hidden = "<p>no</p>";</script></head>
            <body><!-- a comment -->
            <h1>First  heading</h1><p>One <b>bold</b> word&nbsp;and <i>it</i>alic.<br>Next line &lt;tag&gt; &eacute;</p>
            <noscript>switch it on</noscript>
            <h2>Second</h2><ul><li>apple<li>pear</ul>
            <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
            <pre>  keep
              this</pre><img alt="a picture of a cat"><svg><text>drawn</text></svg>
            </body></html>
            """);
        Assert.Equal("The title & more", document.Title);
        Assert.Equal([(1, "First heading"), (2, "Second")], document.Headings.Select(h => (h.Level, h.Text)));
        Assert.Equal(["First heading", "Second"], document.Headings.Select(h => document.Text[h.Offset..].Split('\n')[0]));
        Assert.Contains("One bold word\u00A0and italic.\nNext line <tag> é", document.Text);
        Assert.Contains("apple\npear", document.Text);
        Assert.Contains("a\tb\n1\t2", document.Text);
        Assert.Contains("  keep\n  this", document.Text);
        Assert.Contains("a picture of a cat", document.Text);
        foreach (string hidden in (string[])["hidden", "color", "comment", "switch", "drawn", "The title"]) Assert.DoesNotContain(hidden, document.Text);
    }

    [Fact]
    public void Without_a_title_the_first_heading_is_it() => Assert.Equal("Head", Read.One("a.htm", "<h1>Head</h1>text").Title);

    [Theory]
    [InlineData("<p>one<p>two", "one\n\ntwo")]
    [InlineData("plain text", "plain text")]
    [InlineData("a < b and b > c", "a < b and b > c")]
    [InlineData("<p>cut off <b", "cut off")]
    [InlineData("<textarea><p>typed</textarea>", "<p>typed")]
    [InlineData("&#0;&#xD800;x", "\uFFFD\uFFFDx")]
    [InlineData("<svg/>seen", "seen")]
    public void Careless_markup_is_read_as_a_browser_would(string html, string text) => Assert.Equal(text, Read.One("a.html", html).Text);

    [Theory]
    [InlineData("<script>only code</script>")]
    [InlineData("<html><body></body></html>")]
    public void A_page_without_text_is_empty(string html) => Assert.Contains("empty", Read.Refused("a.html", html).Reason);

    [Theory]
    [InlineData("<div>", 200_000), InlineData("<b><i>", 200_000), InlineData("<", 2_000_000), InlineData("&", 2_000_000), InlineData("&amp", 500_000), InlineData("<h1>y</h1>", 200_000)]
    [InlineData("<h1>", 200_000), InlineData("<table><tr><td>", 100_000), InlineData("<!--", 300_000), InlineData("<pre>", 200_000), InlineData("</p>", 200_000), InlineData("<svg>", 200_000)]
    [InlineData("<script>", 200_000), InlineData("<a b='", 200_000), InlineData("<![CDATA[", 100_000), InlineData("<br>", 500_000), InlineData("\n", 2_000_000)]
    public void Depth_and_length_are_no_danger(string piece, int times) =>
        Assert.True(Read.ValueOrRefusal("a.html", Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat(piece, times)) + "y")));

    [Fact]
    public void A_tag_with_a_hundred_thousand_attributes_is_read() =>
        Assert.True(Read.ValueOrRefusal("a.html", Encoding.UTF8.GetBytes("x<a " + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"a{i}='{i}' ")) + ">")));

    [Fact]
    public void What_stands_deep_is_found() => Assert.Equal("deep", Read.One("a.html", string.Concat(Enumerable.Repeat("<div>", 200_000)) + "deep").Text);

    /// <summary>Bytes as Python's codecs write them, of "Привет, мир", "こんにちは世界", "café – naïve" and "Zażółć gęślą jaźń".</summary>
    [Theory]
    [InlineData("windows-1251", "cff0e8e2e5f22c20ece8f0", "Привет, мир")]
    [InlineData("koi8-r", "f0d2c9d7c5d42c20cdc9d2", "Привет, мир")]
    [InlineData("shift_jis", "82b182f182c982bf82cd90a28a45", "こんにちは世界")]
    [InlineData("x-sjis", "82b182f182c982bf82cd90a28a45", "こんにちは世界")]
    [InlineData("euc-jp", "a4b3a4f3a4cba4c1a4cfc0a4b3a6", "こんにちは世界")]
    [InlineData("iso-2022-jp", "1b244224332473244b2441244f402433261b2842", "こんにちは世界")]
    [InlineData("iso-8859-1", "636166e92096206e61ef7665", "café – naïve")]
    [InlineData("windows-1252", "636166e92096206e61ef7665", "café – naïve")]
    [InlineData("iso-8859-2", "5a61bff3b3e62067eab66cb1206a61bcf1", "Zażółć gęślą jaźń")]
    [InlineData("gb2312", "c4e3bac3cac0bde7", "你好世界")]
    [InlineData("big5", "a741a66ea540acc9", "你好世界")]
    [InlineData("euc-kr", "bec8b3e7", "안녕")]
    public void A_page_is_read_in_the_encoding_that_it_names(string charset, string hex, string text)
    {
        byte[] body = Convert.FromHexString(hex);
        foreach (string head in (string[])[$"<meta charset=\"{charset}\">", $"<META HTTP-EQUIV='Content-Type' content='text/html; charset={charset.ToUpperInvariant()}'>", $"<?xml version=\"1.0\" encoding=\"{charset}\"?>"])
        {
            var page = Read.One("a.html", [.. Encoding.ASCII.GetBytes($"<html><head>{head}<title>"), .. body, .. "</title></head><body><p>"u8, .. body, .. "</p></body></html>"u8]);
            Assert.Equal((text, text), (page.Text, page.Title));
        }

        // what is UTF-8 is read as such, whatever is said, and a name that is none is passed over
        Assert.Equal("Grüße", Read.One("a.html", Encoding.UTF8.GetBytes($"<meta charset={(charset == "iso-2022-jp" ? "big5" : charset)}><p>Grüße")).Text);
        Assert.Equal("Grüße", Read.One("a.html", Encoding.Latin1.GetBytes("<meta charset=none-such><p>Grüße")).Text);
    }
}
