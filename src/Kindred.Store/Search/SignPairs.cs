using System.Globalization;
using System.Text;

namespace Kindred.Store.Search;

/// <summary>
/// Scripts that part no words by spaces, or whose endings cling to them: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese. Their signs are indexed and asked for in
/// overlapping pairs (as Lucene's CJK analyser does), marks over and under them left out.
/// </summary>
internal static class SignPairs
{
    /// <summary>Nothing below belongs to these scripts.</summary>
    private const char First = '\u0E00';

    /// <summary>Whether a run of letters has a sign of such a script.</summary>
    public static bool Any(ReadOnlySpan<char> run)
    {
        if (run.IndexOfAnyExceptInRange('\0', (char)(First - 1)) < 0) return false;
        foreach (var rune in run.EnumerateRunes())
            if (Has(rune)) return true;
        return false;
    }

    /// <summary>A run of letters in parts: pairs of signs, a sign that stands alone, and what is of other scripts.</summary>
    /// <param name="run">Letters and digits without a space.</param>
    /// <param name="ends">Whether the last sign of several is a part of its own too: so each sign begins a part.</param>
    /// <returns>Each part, and where in the run it begins.</returns>
    public static IEnumerable<(string Part, int At)> Parts(string run, bool ends)
    {
        var other = new StringBuilder();
        (string Part, int At)? sign = null;
        bool alone = true;
        int at = 0, otherAt = 0;
        foreach (var rune in run.EnumerateRunes())
        {
            int here = at;
            at += rune.Utf16SequenceLength;
            if (Has(rune))
            {
                if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark) continue;
                if (other.Length > 0) yield return (Taken(other), otherAt);
                string next = rune.ToString();
                if (sign is { } before) yield return (before.Part + next, before.At);
                alone = sign is null;
                sign = (next, here);
                continue;
            }
            if (sign is { } last && (alone || ends)) yield return last;
            sign = null;
            if (other.Length == 0) otherAt = here;
            other.Append(rune.ToString());
        }
        if (other.Length > 0) yield return (Taken(other), otherAt);
        if (sign is { } end && (alone || ends)) yield return end;
    }

    /// <summary>The parts of all runs that have such a sign, parted by spaces; null where there is none.</summary>
    public static string? Of(string? title, string? heading, string text)
    {
        if (!Any(title) && !Any(heading) && !Any(text)) return null;
        // as in the other columns of the word index, a title is twice as heavy
        return string.Join(' ', new[] { title, title, heading, text }.Where(part => part is not null).SelectMany(part => Indexed(part!)).Select(part => part.Part));
    }

    /// <summary>The parts of a text that are indexed, in the order of the index, and where in the text each begins.</summary>
    public static IEnumerable<(string Part, int At)> Indexed(string text) =>
        WordQuery.Runs(text).Where(run => Any(run.Run)).SelectMany(run => Parts(run.Run, ends: true).Select(part => (part.Part, run.At + part.At)));

    /// <summary>Whether a word is one such sign.</summary>
    public static bool IsSign(string word) => Rune.TryGetRuneAt(word, 0, out var rune) && rune.Utf16SequenceLength == word.Length && Has(rune);

    private static bool Has(Rune rune) => rune.Value is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1100 and <= 0x11FF) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x3005 and <= 0x3007) or (>= 0x3040 and <= 0x318F) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xA960 and <= 0xA97F)
        or (>= 0xAC00 and <= 0xD7FF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFFDC) or (>= 0x20000 and <= 0x3FFFF);

    private static string Taken(StringBuilder letters)
    {
        string word = letters.ToString().ToLowerInvariant();
        letters.Clear();
        return word;
    }
}
