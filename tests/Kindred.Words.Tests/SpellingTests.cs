using CsCheck;

namespace Kindred.Words.Tests;

public class SpellingTests
{
    [Theory]
    [InlineData("kindgom", "kingdom", 1)]
    [InlineData("qeen", "queen", 1)]
    [InlineData("ca", "abc", 3)]   // 2 when a letter may be edited twice; the restricted form says 3
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void Known_distances(string a, string b, int edits) => Assert.Equal(edits, Distance(a, b, 9));

    [Fact]
    public void The_band_gives_what_the_whole_table_gives()
    {
        var word = Gen.Char["abc"].Array[0, 9].Select(letters => new string(letters));
        Gen.Select(word, word, Gen.Int[0, 5]).Sample((a, b, bound) => Assert.Equal(Math.Min(Whole(a, b), bound + 1), Distance(a, b, bound)), iter: 20_000);
    }

    private static int Distance(string a, string b, int bound) =>
        Spelling.Distance([.. a.Select(c => (int)c)], [.. b.Select(c => (int)c)], bound, new int[3 * (b.Length + 1)]);

    /// <summary>The recurrence as it is written in textbooks, every cell of it.</summary>
    private static int Whole(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
