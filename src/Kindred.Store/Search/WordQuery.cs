using System.Text;

namespace Kindred.Store.Search;

/// <summary>Turns what a user wrote into an FTS5 expression: any of its words. Each is quoted, so nothing a user writes is syntax.</summary>
internal static class WordQuery
{
    /// <summary>A text as a question may have thousands of words: the commonest of it tell what it is about.</summary>
    private const int MostWords = 256;

    private const int MostTimes = 8;

    /// <summary>English words that say nothing of a subject; they count only where there is nothing else.</summary>
    private static readonly HashSet<string> Stop = new(
        """
        a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with
        what which who whom whose when where why how do does did done can could may might must shall should would i you he she we me my your
        his her its our them us been being am were has have had having from about than so those up out over under again other some any each
        all both more most own same only very
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>The words of a text, in small letters; of scripts without spaces the pairs of signs (<see cref="SignPairs"/>).</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        foreach (var (run, _) in Runs(text))
        {
            if (SignPairs.Any(run)) words.AddRange(SignPairs.Parts(run, ends: false).Select(part => part.Part));
            else words.Add(run.ToLowerInvariant());
        }
        return words;
    }

    /// <summary>Letters and digits with their marks, as FTS5's unicode61 parts them, and where each begins.</summary>
    public static IEnumerable<(string Run, int At)> Runs(string text)
    {
        int start = -1;
        for (int i = 0; i <= text.Length;)
        {
            int width = 1;
            bool inside = false;
            if (i < text.Length && Rune.TryGetRuneAt(text, i, out var rune))
            {
                width = rune.Utf16SequenceLength;
                inside = Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune)
                    || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.PrivateUse;
            }
            if (inside && start < 0) start = i;
            else if (!inside && start >= 0)
            {
                yield return (text[start..i], start);
                start = -1;
            }
            i += width;
        }
    }

    /// <summary>A word as FTS5 is asked for it; a sign alone is the beginning of a pair.</summary>
    public static string Term(string word) => SignPairs.IsSign(word) ? $"\"{word}\"*" : $"\"{word}\"";

    public static bool IsStop(string word) => Stop.Contains(word);

    /// <summary>The words of a text that say something of a subject, each once.</summary>
    public static IEnumerable<string> Subjects(string text) => Words(text).Where(w => !IsStop(w)).Distinct(StringComparer.Ordinal);

    /// <summary>The expression; null where there is no word to look for. A word that stands twice counts twice.</summary>
    public static string? Of(string query)
    {
        var all = Words(query);
        var words = all.FindAll(w => !Stop.Contains(w));
        if (words.Count == 0) words = all;
        if (words.Count == 0) return null;
        var times = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in words) times[word] = times.GetValueOrDefault(word) + 1;
        IEnumerable<KeyValuePair<string, int>> kept = times.Count <= MostWords ? times : times.OrderByDescending(t => t.Value).Take(MostWords);
        return string.Join(" OR ", kept.SelectMany(t => Enumerable.Repeat(Term(t.Key), Math.Min(t.Value, MostTimes))));
    }
}
