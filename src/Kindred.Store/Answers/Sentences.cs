namespace Kindred.Store.Answers;

/// <summary>Cuts a passage into its sentences.</summary>
internal static class Sentences
{
    /// <summary>Longer stretches without an end of sentence are cut, so that one citation never fills the screen.</summary>
    private const int Longest = 600;

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "e.g", "i.e", "etc", "vs", "cf", "mr", "mrs", "ms", "dr", "prof", "st", "no", "fig", "approx", "inc", "ltd", "co", "jr", "sr", "z.b", "bzw",
    };

    /// <summary>Where each sentence starts and ends, white space around it left out.</summary>
    public static IReadOnlyList<(int Start, int End)> Split(string text)
    {
        var found = new List<(int, int)>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\n' or '\r')
            {
                // a line break ends a sentence where the next line starts something new: a blank line, a list item, or after a heading's short line
                if (EndsBlock(text, i, start)) Cut(i);
            }
            else if (c is '。' or '！' or '？') Cut(i + 1);
            else if (c is '.' or '!' or '?' or '…')
            {
                int end = i + 1;
                while (end < text.Length && text[end] is '.' or '!' or '?' or '"' or '\'' or ')' or ']' or '”' or '’' or '»') end++;
                if (end < text.Length && !char.IsWhiteSpace(text[end])) continue;
                if (c == '.' && end == i + 1 && IsAbbreviation(text, start, i)) continue;
                Cut(end);
                i = end - 1;
            }
            else if (i - start >= Longest && char.IsWhiteSpace(c)) Cut(i);
            else if (i - start >= 2 * Longest && !char.IsLowSurrogate(c)) Cut(i);
        }
        Cut(text.Length);
        return found;

        void Cut(int end)
        {
            int from = start, to = end;
            while (from < to && char.IsWhiteSpace(text[from])) from++;
            while (to > from && char.IsWhiteSpace(text[to - 1])) to--;
            if (to > from) found.Add((from, to));
            start = end;
        }
    }

    /// <summary>Whether a stretch reads as a sentence and not as a heading, a label or a question.</summary>
    public static bool IsStatement(ReadOnlySpan<char> sentence)
    {
        var body = sentence.TrimEnd("\"')]”’»");
        if (body.IsEmpty || body[0] == '#' || body[^1] is '?' or '？') return false;
        if (body[^1] is '.' or '!' or '…' or '。' or '！') return true;
        int words = 0;
        foreach (var _ in body.Split(' ')) words++;
        return words >= 12 || (body[0] is '-' or '*' or '•' && words >= 4);
    }

    private static bool EndsBlock(string text, int at, int start)
    {
        int next = at + (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1);
        while (next < text.Length && text[next] is ' ' or '\t') next++;
        if (next >= text.Length || text[next] is '\n' or '\r' or '-' or '*' or '•' or '#' or '|') return true;
        if (text.AsSpan(start, at - start).TrimStart() is ['#', ..]) return true;
        int digits = next;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (digits > next && digits < text.Length && text[digits] is '.' or ')') return true;
        // a wrapped line goes on in small letters; a title does not
        return char.IsUpper(text[next]) && at - start < 72;
    }

    private static bool IsAbbreviation(string text, int start, int dot)
    {
        int word = dot;
        while (word > start && !char.IsWhiteSpace(text[word - 1]) && text[word - 1] is not ('(' or '"' or '\'')) word--;
        var letters = text.AsSpan(word, dot - word);
        return (letters.Length == 1 && char.IsUpper(letters[0])) || Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(letters)
            || (letters.Length is > 0 and <= 3 && letters.IndexOfAnyExceptInRange('0', '9') < 0 && word == start);
    }
}
