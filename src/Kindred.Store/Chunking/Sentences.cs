namespace Kindred.Store.Chunking;

/// <summary>A light rule for where sentences end; it knows common abbreviations. A wrong guess costs little: it matters only where a chunk is cut.</summary>
internal static class Sentences
{
    private const string Closers = "\"')]}»”’*_」』）】》〉";

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Abbreviations = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "mt", "vs", "etc", "fig", "figs", "eq", "eqs", "sec", "ch", "vol", "vols", "pp", "ed", "eds", "al", "approx",
        "dept", "est", "inc", "ltd", "co", "corp", "cf", "ca", "resp", "viz", "gen", "col", "sgt", "capt", "rev", "hon", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
        "sep", "sept", "oct", "nov", "dec", "nr", "bzw", "usw", "abb", "bspw", "evtl", "ggf", "vgl", "inkl", "mme", "mlle", "env", "sra", "srta", "art", "ref", "refs",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Characters that end a sentence with no white space behind them.</summary>
    public static bool IsWideStop(char c) => c is '。' or '！' or '？' or '｡';

    /// <summary>Quotes and brackets that belong to the sentence they close.</summary>
    public static bool IsCloser(char c) => Closers.Contains(c, StringComparison.Ordinal);

    /// <summary>Whether a sentence ends before white space.</summary>
    /// <param name="text">The text from the sentence's start to the white space.</param>
    /// <param name="next">The first character behind the white space.</param>
    public static bool EndsAt(ReadOnlySpan<char> text, char next)
    {
        int stop = text.Length - 1;
        for (int skipped = 0; stop > 0 && skipped < 8 && IsCloser(text[stop]); skipped++) stop--;
        if (stop < 0) return false;
        bool goesOn = char.IsLower(next);
        switch (text[stop])
        {
            case '!' or '?' or '…':
                return !goesOn;
            case '؟' or '।' or '॥' or '۔' or '።' or '。' or '！' or '？' or '｡':
                return true;
            case not '.':
                return false;
        }
        int from = stop;
        while (from > 0 && stop - from < 32 && (char.IsLetterOrDigit(text[from - 1]) || text[from - 1] == '.')) from--;
        var word = text[from..stop];
        if (word.IsEmpty) return stop == 0 || char.IsWhiteSpace(text[stop - 1]) || !goesOn;
        if (!word.ContainsAnyExceptInRange('0', '9')) return from > 0 && !goesOn;   // "1." at the start numbers an item
        if (word.Length == 1 || word[^2] == '.') return false;                      // initials, e.g., U.S.
        if (Abbreviations.Contains(word)) return false;
        if (word.Equals("no", StringComparison.OrdinalIgnoreCase) && char.IsAsciiDigit(next)) return false;
        return !goesOn || word.Length >= 5;   // some write no capitals, and few abbreviations are that long
    }

    /// <summary>Whether a line starts a new item of a list, table or quotation.</summary>
    public static bool StartsItem(ReadOnlySpan<char> line)
    {
        if (line is [('-' or '*' or '+' or '•' or '–' or '|' or '>' or '#'), ..]) return true;
        int digits = 0;
        while (digits < line.Length && digits < 4 && char.IsAsciiDigit(line[digits])) digits++;
        return digits > 0 && digits + 1 < line.Length && line[digits] is '.' or ')' && char.IsWhiteSpace(line[digits + 1]);
    }
}
