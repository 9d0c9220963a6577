using System.Text;
using CsCheck;

namespace Kindred.Store.Tests.Reading;

public sealed class TextFileTests
{
    private const string Sample = "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. 🙂 漢字\r\nSecond line\n";

    public static TheoryData<string> Encodings => ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    [Theory, MemberData(nameof(Encodings))]
    public void A_byte_order_mark_tells_the_encoding_and_is_no_text(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        var result = Read.Result("a.txt", [.. encoding.GetPreamble(), .. encoding.GetBytes(Sample)]);
        Assert.Equal(Sample, Assert.Single(result.Documents).Text);
        Assert.Null(result.Note);
    }

    [Fact]
    public void Plain_utf8_is_taken_as_it_is()
    {
        var result = Read.Result("notes/a.txt", Encoding.UTF8.GetBytes(Sample));
        var document = Assert.Single(result.Documents);
        Assert.Equal(("notes/a.txt", Sample, 1, (string?)null), (document.Id, document.Text, document.FirstLine, document.Title));
        Assert.Null(result.Note);
        Assert.Empty(document.Headings);
        Assert.Empty(document.Pages);
    }

    [Theory, InlineData("utf-16"), InlineData("utf-16BE")]
    public void Utf16_without_a_mark_is_recognised(string name)
    {
        string text = string.Concat(Enumerable.Repeat("The quick brown fox, déjà vu. ", 20));
        var result = Read.Result("a.txt", Encoding.GetEncoding(name).GetBytes(text));
        Assert.Equal(text, Assert.Single(result.Documents).Text);
        Assert.Contains("UTF-16", result.Note);
    }

    [Fact]
    public void What_is_not_utf8_is_latin1_with_a_note()
    {
        var result = Read.Result("a.txt", [.. "caf"u8, 0xE9, .. " au lait, "u8, 0x93, .. "quoted"u8, 0x94, .. " "u8, 0x80, .. "5"u8]);
        Assert.Equal("café au lait, “quoted” €5", Assert.Single(result.Documents).Text);
        Assert.Contains("Latin-1", result.Note);
    }

    [Fact]
    public void A_single_nul_becomes_a_space()
    {
        var result = Read.Result("a.txt", "one\0two"u8);
        Assert.Equal("one two", Assert.Single(result.Documents).Text);
        Assert.Contains("NUL", result.Note);
    }

    [Fact]
    public void Half_characters_become_replacement_characters()
    {
        byte[] bytes = [0xFF, 0xFE, (byte)'a', 0, 0x3D, 0xD8, (byte)'b', 0, 0x42, 0xDE, (byte)'c', 0];
        var result = Read.Result("a.txt", bytes);
        Assert.Equal("a\uFFFDb\uFFFDc", Assert.Single(result.Documents).Text);
        Assert.NotNull(result.Note);
        // in UTF-8 they are no characters at all
        Assert.Contains("Latin-1", Read.Result("a.txt", [(byte)'x', 0xED, 0xA0, 0x80]).Note);
    }

    [Fact]
    public void Binary_is_refused()
    {
        var random = new byte[4096];
        new Random(1).NextBytes(random);
        Assert.Contains("binary", Read.Refused("a.txt", random).Reason);
        byte[] png = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 0x0D, .. "IHDR"u8, 0, 0, 2, 0, 0, 0, 2, 0, 8, 6, 0, 0, 0];
        Assert.Contains("binary", Read.Refused("picture.txt", png).Reason);
    }

    [Theory, InlineData(""), InlineData(" \n\t\r\n"), InlineData("\uFEFF")]
    public void Nothing_but_white_space_is_empty(string text)
    {
        foreach (string name in (string[])["a.txt", "a.md", "a.html", "a.csv", "a.tsv", "a.jsonl", "a.cs"]) Assert.Contains("empty", Read.Refused(name, text).Reason);
    }

    [Theory, InlineData("Program.cs"), InlineData("a.py"), InlineData("data.json"), InlineData("Makefile"), InlineData("README"), InlineData("x.YAML")]
    public void Source_code_is_taken_as_it_is(string name)
    {
        const string Code = "# not a heading\n\tif (a < b && c > d) { return \"x\"; }\n";
        var document = Read.One(name, Code);
        Assert.Equal(Code, document.Text);
        Assert.Empty(document.Headings);
    }

    [Fact]
    public void The_limit_is_one_of_bytes()
    {
        var options = new ReadOptions { MaxBytes = 10 };
        Assert.Equal("0123456789", Assert.Single(Read.Result("a.txt", "0123456789"u8, options).Documents).Text);
        Assert.Contains("10 bytes", Read.Refused("a.txt", "0123456789a"u8, options).Reason);
    }

    [Fact]
    public void Any_bytes_give_text_that_can_be_stored_or_the_one_exception()
    {
        string[] names = ["a.txt", "a.md", "a.html", "a.csv", "a.tsv", "a.jsonl", "a.docx", "a.pdf"];
        var any = Gen.Byte.Array[0, 400];
        var texty = Gen.OneOf("---\n", "# ", "a: b\n", "\n\n", "<p>", "</p>", "<h1>", "\"", ",", "{\"text\":\"", "\"}", "\t", "x", "é", "🙂", "\0", "\\ud800", "&amp;", "<script>", ">", "* ", "```\n")
            .Array[0, 60].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        foreach (string name in names)
        {
            any.Sample(bytes => { Read.ValueOrRefusal(name, bytes); }, iter: 200);
            texty.Sample(bytes => { Read.ValueOrRefusal(name, bytes); }, iter: 400);
        }
    }
}
