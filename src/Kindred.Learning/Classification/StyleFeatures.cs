using System.Text;

namespace Kindred.Learning.Classification;

/// <summary>How a text is written, whatever it says: its length, and how many of its characters are digits, capitals or one of some marks. Advertisements, forms and logs are told by it.</summary>
internal static class StyleFeatures
{
    private const string Marks = ".,!?'\"&/:;()-£$@#*+=";
    private const int Counts = 12, Shares = 7;

    /// <summary>Runs of digits as long are rather numbers to call than amounts or hours.</summary>
    private const int LongRun = 5;

    public static int Width => Counts + Marks.Length + Shares;

    /// <summary>Shape [texts, <see cref="Width"/>]: logarithms of counts, then shares.</summary>
    public static DenseRows Of(IReadOnlyList<string> texts)
    {
        var rows = new DenseRows(texts.Count, Width);
        Parallel.For(0, texts.Count, i => Fill(texts[i], rows[i]));
        return rows;
    }

    private static void Fill(string text, Span<float> row)
    {
        int characters = 0, digits = 0, capitals = 0, small = 0, foreign = 0, marks = 0, runs = 0, longRuns = 0, longestRun = 0, shouts = 0, run = 0, shout = 0;
        var counts = row[..Counts];
        var each = row.Slice(Counts, Marks.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            characters++;
            bool digit = Rune.IsDigit(rune), capital = Rune.IsUpper(rune);
            if (digit)
            {
                digits++;
                if (run++ == 0) runs++;
                if (run == LongRun) longRuns++;
                longestRun = Math.Max(longestRun, run);
            }
            else
            {
                run = 0;
            }

            if (capital)
            {
                capitals++;
                if (++shout == 2) shouts++;
            }
            else
            {
                shout = 0;
            }

            if (Rune.IsLower(rune)) small++;
            if (!rune.IsAscii) foreign++;
            int mark = rune.IsBmp ? Marks.IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
            if (mark < 0) continue;
            each[mark]++;
            marks++;
        }

        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        ReadOnlySpan<int> all = [characters, words.Length, digits, capitals, small, longestRun, longRuns, runs, shouts, words.Length == 0 ? 0 : words.Max(w => w.Length), foreign, marks];
        for (int i = 0; i < all.Length; i++) counts[i] = all[i];
        foreach (ref float x in row[..^Shares]) x = MathF.Log(1 + x);
        float length = Math.Max(1, characters), many = Math.Max(1, words.Length);
        ReadOnlySpan<float> shares = [length / many / 10, digits / length, capitals / length, small / length, shouts / many, words.Distinct(StringComparer.OrdinalIgnoreCase).Count() / many, marks / length];
        shares.CopyTo(row[^Shares..]);
    }
}
