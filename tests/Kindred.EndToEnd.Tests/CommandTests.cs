using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>The built command as a user starts it: a process, its two streams, its exit code.</summary>
public class CommandTests
{
    [Fact]
    public async Task Cat_is_nearer_to_dog_than_to_car()
    {
        var (code, lines, _) = await RunAsync("similarity", "cat", "dog", "car", "--json");
        Assert.Equal(0, code);
        Assert.Equal(3, lines.Length);
        Assert.True(Score(lines[0]) > 2 * Score(lines[1]), "cat and dog against cat and car");
    }

    [Fact]
    public async Task King_minus_man_plus_woman_is_queen()
    {
        var (code, lines, _) = await RunAsync("analogy", "king", "-", "man", "+", "woman", "-k", "1", "--json");
        Assert.Equal(0, code);
        Assert.Equal("queen", JsonDocument.Parse(Assert.Single(lines)).RootElement.GetProperty("word").GetString());
    }

    [Fact]
    public async Task An_unknown_word_fails_in_one_line_with_near_spellings()
    {
        var (code, lines, errors) = await RunAsync("neighbors", "kindgom");
        Assert.Equal(1, code);
        Assert.Empty(lines);
        Assert.Contains("kingdom", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sentences_go_through_the_encoder_and_line_breaks_part_words()
    {
        var (code, lines, _) = await RunAsync("similarity", "note\nbook", "note book", "--json");
        Assert.Equal(0, code);
        Assert.Equal(1, Score(Assert.Single(lines)), 1e-4);
    }

    [Fact]
    public async Task A_text_that_is_cut_is_reported()
    {
        var (code, lines, errors) = await RunAsync("embed", string.Join(' ', Enumerable.Repeat("word", 600)), "--json");
        Assert.Equal(0, code);
        Assert.Equal(384, JsonDocument.Parse(Assert.Single(lines)).RootElement.GetProperty("vector").GetArrayLength());
        Assert.Contains("1 of 1 text was", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "frobnicate")]
    [InlineData(2, "similarity", "alone")]
    [InlineData(2, "neighbors", "king", "-k", "0")]
    [InlineData(2, "neighbors", "king", "-k", "many")]
    [InlineData(2, "search", "x", "--store", "none", "-k", "2.5")]
    [InlineData(2, "embed", "x", "--dims", "-3")]
    [InlineData(2, "embed", "--in")]
    [InlineData(2, "map", "--store", "--out")]
    [InlineData(1, "neighbors", "king", "--model", "minilm")]
    [InlineData(2, "search", " ", "--store", "none")]
    [InlineData(1, "similarity", "a b", "c d", "--model", "no-such-model")]
    [InlineData(2, "analogy", "king", "-")]
    [InlineData(1, "eval", "sts", "no-such-file.tsv")]
    [InlineData(1, "model", "show", "no-such-model")]
    public async Task Wrong_usage_ends_with_2_and_failure_with_1_and_no_stack_trace(int expected, params string[] arguments)
    {
        var (code, lines, errors) = await RunAsync(arguments);
        Assert.Equal(expected, code);
        Assert.Empty(lines);
        Assert.NotEmpty(errors);
        Assert.DoesNotContain(errors, e => e.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }

    private static double Score(string line) => JsonDocument.Parse(line).RootElement.GetProperty("score").GetDouble();

    private static async Task<(int Code, string[] Lines, string[] Errors)> RunAsync(params string[] arguments)
    {
        var run = await KindredCommand.RunAsync(arguments);
        return (run.Code, run.Lines, run.Errors);
    }
}
