using System.Text;
using CsCheck;
using Kindred.Words.Corpora;

namespace Kindred.Words.Tests.Corpora;

public class TokenSplitterTests
{
    private static readonly string[] Parts = ["a", "word", "New", "York", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u2028", "é", "日本", "😀", "don't", "x_y", "…", "\u200B", "-"];
    private static readonly Gen<string> Texts = Gen.Int[0, Parts.Length - 1].Array[0, 60].Select(parts => string.Concat(parts.Select(i => Parts[i])));

    [Fact]
    public void Spaces_split_as_string_Split_does() => Texts.Sample(text =>
    {
        var expected = text.Split('\n').Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToList()).Where(line => line.Count > 0).ToList();
        Assert.Equal(expected, Lines(text, Tokens.Spaces));
    });

    [Fact]
    public void Words_are_runs_of_letters_in_lower_case() =>
        Assert.Equal([["it's", "the", "new-york", "x_y", "日本", "naïve", "b2b"]], Lines("It’s “the” New-York, (x_y) -- 日本; 'naïve' B2B!", Tokens.Words));

    [Theory]
    [InlineData(65_530)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(131_071)]
    public void A_token_across_the_end_of_the_buffer_is_whole(int before)
    {
        string text = string.Concat(Enumerable.Repeat("ab ", before / 3)) + new string('c', before % 3) + "日本語\u3000end";
        Assert.Equal(text.Split(' ', '\u3000'), Assert.Single(Lines(text, Tokens.Spaces)));
    }

    [Theory]
    [InlineData(1024, 0)]
    [InlineData(1025, 1)]
    [InlineData(65_536, 1)]
    [InlineData(1_000_000, 1)]
    public void A_token_that_is_too_long_is_left_out_and_counted(int length, int skipped)
    {
        var splitter = new TokenSplitter(Tokens.Spaces);
        var tokens = new List<int>();
        splitter.Read(new MemoryStream(Encoding.UTF8.GetBytes($"a {new string('x', length)} b")), token => tokens.Add(token.Length), () => { }, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(skipped, splitter.Skipped);
        Assert.Equal(skipped == 0 ? [1, length, 1] : [1, 1], tokens);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_one_sign()
    {
        var tokens = new List<string>();
        new TokenSplitter(Tokens.Spaces).Read(new MemoryStream([0xEF, 0xBB, 0xBF, (byte)'a', 0xFF, (byte)' ', 0xE2, 0x80]), token => tokens.Add(Encoding.UTF8.GetString(token)), () => { }, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(["a\uFFFD", "\uFFFD"], tokens);
    }

    private static List<List<string>> Lines(string text, Tokens tokens)
    {
        var (lines, line) = (new List<List<string>>(), new List<string>());
        new TokenSplitter(tokens).Read(
            new MemoryStream(Encoding.UTF8.GetBytes(text)),
            token => line.Add(Encoding.UTF8.GetString(token)),
            () =>
            {
                if (line.Count > 0) lines.Add(line);
                line = [];
            },
            _ => { },
            CancellationToken.None);
        return lines;
    }
}
