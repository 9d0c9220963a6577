using CsCheck;
using Kindred.Store.Filters;

namespace Kindred.Store.Tests.Filters;

public sealed class FilterParserTests
{
    [Theory]
    [InlineData("", 0, "ends too early")]
    [InlineData("   ", 3, "ends too early")]
    [InlineData("a", 1, "a comparison expected")]
    [InlineData("a =", 3, "a value expected")]
    [InlineData("a == 1", 2, "'=' is meant")]
    [InlineData("a==1", 1, "'=' is meant")]
    [InlineData("a = b", 4, "a number, true, false, null, or a text in quotes")]
    [InlineData("a = 1 b = 2", 6, "'and' or 'or' expected")]
    [InlineData("a = 1 and", 9, "a field expected")]
    [InlineData("and = 1", 0, "written [and]")]
    [InlineData("a = 'open", 4, "the quote is never closed")]
    [InlineData("[open = 1", 0, "never closed")]
    [InlineData("[] = 1", 0, "without a name")]
    [InlineData("(a = 1", 6, "')' expected")]
    [InlineData("a = 1)", 5, "a ')' too many")]
    [InlineData("a in 1", 5, "'(' expected")]
    [InlineData("a in ()", 6, "a value expected")]
    [InlineData("a in (1 2)", 8, "',' or ')' expected")]
    [InlineData("a < true", 4, "only be compared by = and !=")]
    [InlineData("a like 5", 7, "'like' wants a text")]
    [InlineData("a not = 5", 6, "'in', 'has', 'like' or 'exists' expected")]
    [InlineData("page has 1", 8, "one value each")]
    [InlineData("a. = 1", 2, "a field expected")]
    [InlineData("a = 1e999", 4, "a value expected")]
    [InlineData("a = 0x10", 4, "a value expected")]
    [InlineData("a = 1\0", 5, "'and' or 'or' expected")]
    [InlineData("a ~ 1", 2, "a comparison expected")]
    [InlineData("a = 'it's'", 8, "'and' or 'or' expected")]
    public void What_is_wrong_is_said_with_its_place(string filter, int position, string problem)
    {
        var error = Assert.Throws<FilterSyntaxException>(() => FilterParser.Parse(filter));
        Assert.Contains(problem, error.Problem);
        Assert.Equal(position, error.Position);
        Assert.Contains($"character {position + 1}", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Length_depth_and_number_are_bounded()
    {
        foreach (string filter in (string[])[
            new string('(', 100_000), new string('(', 10_000) + "a = 1" + new string(')', 10_000),
            string.Concat(Enumerable.Repeat("not ", 4000)) + "a = 1", string.Concat(Enumerable.Repeat("not(", 2000)) + "a = 1",
            string.Join(" or ", Enumerable.Repeat("a = 1", 1000)), string.Join(" and ", Enumerable.Repeat("a = 1", 1000)),
            "a in (" + string.Join(",", Enumerable.Range(0, 3000)) + ")", string.Join(".", Enumerable.Repeat("a", 100)) + " = 1",
            "a = '" + new string('x', 1_000_000) + "'", new string('[', 16_000), new string('\'', 16_001), new string('\0', 1000), new string('a', 1 << 24)])
            Assert.InRange(Assert.Throws<FilterSyntaxException>(() => FilterParser.Parse(filter)).Position, 0, filter.Length);
        // what is within the bounds is taken
        FilterParser.Parse(new string('(', 60) + "a = 1" + new string(')', 60));
        FilterParser.Parse(string.Join(" or ", Enumerable.Repeat("a = 1", 256)));
        FilterParser.Parse("a in (" + string.Join(",", Enumerable.Range(0, 1024)) + ")");
        FilterParser.Parse("a = '" + new string('x', 16_000) + "'");
    }

    [Fact]
    public void Any_text_is_a_filter_or_the_one_exception()
    {
        var parts = Gen.OneOf("a", "page", "[b ]]]", " ", "=", "!=", "<", ">=", "in", "has", "like", "exists", "not", "and", "or", "(", ")", ",", "'x'", "\"y''\"", "1", "-2.5e3", "true", "null", ".", "🙂", "\0", "'", "[", "\ud800");
        Gen.OneOf(parts.Array[0, 30].Select(p => string.Join(' ', p)), parts.Array[0, 30].Select(string.Concat), Gen.String).Sample(text =>
        {
            try
            {
                FilterParser.Parse(text);
            }
            catch (FilterSyntaxException e)
            {
                Assert.InRange(e.Position, 0, text.Length);
            }
        }, iter: 20_000);
    }
}
