using Kindred.Learning.Duplicates;

namespace Kindred.Learning.Tests.Duplicates;

public class TextFoldTests
{
    [Theory]
    [InlineData("Straße", "STRASSE")]
    [InlineData("ﬁne  print", "fine print")]
    [InlineData("Ｆｕｌｌ　ｗｉｄｔｈ １", "full width 1")]
    [InlineData("caf\u00E9", "CAFE\u0301")]
    [InlineData("\u1E69", "s\u0307\u0323")]   // dot below and above in the other order
    [InlineData("한국", "\u1112\u1161\u11AB\u1100\u116E\u11A8")]
    [InlineData("\u00A0a\u2003b\r\n", "a b")]
    [InlineData("soft\u00ADhyphen\uFEFF", "softhyphen")]
    [InlineData("①②", "12")]
    [InlineData("ΣΑΣ", "σας")]
    [InlineData("𝔘𝔫𝔦", "uni")]
    public void Forms_of_one_text_are_the_same(string x, string y) => Assert.Equal(TextFold.Fold(x), TextFold.Fold(y));

    [Theory]
    [InlineData("cafe", "café")]
    [InlineData("ab", "a b")]
    [InlineData("C++", "C#")]
    [InlineData("👍🏽", "👍")]
    [InlineData("price 5", "price 6")]
    [InlineData("a\u0323\u0307", "a\u0323")]
    public void Different_texts_stay_different(string x, string y) => Assert.NotEqual(TextFold.Fold(x), TextFold.Fold(y));

    [Fact]
    public void Hostile_text_is_folded()
    {
        // half of a pair is no text and would not pass through an attribute
        Assert.Equal("\uFFFD", TextFold.Fold("\uD83D"));
        Assert.Equal("a\uFFFD\u0301\u0301b", TextFold.Fold("a\uDC00\u0301\u0301b"));
        Assert.Equal("", TextFold.Fold(" \u200B\u00AD\t"));
    }

    [Fact]
    public void Many_marks_on_one_letter_are_quick_and_stable()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000));
        string folded = TextFold.Fold("a" + marks);
        Assert.Equal(100_001, folded.Length);
        Assert.Equal(folded, TextFold.Fold(folded));
    }
}
