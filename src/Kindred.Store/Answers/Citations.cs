using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kindred.Store.Answers;

/// <summary>Finds the citations in a text a chat model wrote, and takes out those that stand for nothing it was sent.</summary>
internal static partial class Citations
{
    /// <summary>[1], [1, 2], [1-3], also in the brackets and commas of Chinese and Japanese.</summary>
    [GeneratedRegex(@"[ \t]*[\[［【]\s*(?<list>[0-9]+(?:\s*[,;，、；–-]\s*[0-9]+)*)\s*[\]］】]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Pattern();

    /// <summary>Rewrites every citation to the plain form, known numbers alone.</summary>
    /// <param name="text">What the model wrote.</param>
    /// <param name="sent">How many passages it was sent, numbered from 1.</param>
    public static (string Text, IReadOnlyList<int> Cited, List<string> Unknown) Check(string text, int sent)
    {
        var cited = new List<int>();
        var unknown = new List<string>();
        string clean = Pattern().Replace(text, match =>
        {
            string list = match.Groups["list"].Value, space = match.Value[..(match.Value.Length - match.Value.TrimStart(' ', '\t').Length)];
            var marks = new StringBuilder();
            foreach (string part in list.Split([',', ';', '，', '、', '；'], StringSplitOptions.TrimEntries))
            {
                string[] ends = part.Split(['-', '–'], StringSplitOptions.TrimEntries);
                int first = Number(ends[0]), last = Number(ends[^1]);
                if (ends.Length > 2 || first < 1 || last > sent || first > last)
                {
                    if (!unknown.Contains(part)) unknown.Add(part);
                    continue;
                }
                for (int n = first; n <= last; n++)
                {
                    marks.Append(CultureInfo.InvariantCulture, $"[{n}]");
                    if (!cited.Contains(n)) cited.Add(n);
                }
            }
            return marks.Length == 0 ? "" : space + marks;
        });
        return (clean, cited, unknown);
    }

    /// <summary>How many statements of a checked text have no citation, in them or right after them.</summary>
    public static int Bare(string text)
    {
        var sentences = Sentences.Split(text);
        int bare = 0;
        for (int i = 0; i < sentences.Count; i++)
        {
            // a mark before a sentence's first word belongs to the one before
            var own = text.AsSpan(sentences[i].Start, sentences[i].End - sentences[i].Start);
            int marks = Leading(own);
            bool after = i + 1 < sentences.Count && Leading(text.AsSpan(sentences[i + 1].Start, sentences[i + 1].End - sentences[i + 1].Start)) > 0;
            if (own[marks..].IsWhiteSpace() || after || Pattern().IsMatch(own[marks..])) continue;
            if (Sentences.IsStatement(own[marks..])) bare++;
        }
        return bare;
    }

    private static int Leading(ReadOnlySpan<char> sentence)
    {
        int at = 0;
        while (at < sentence.Length && sentence[at] == '[' && sentence[at..].IndexOf(']') is > 0 and var close && sentence[(at + 1)..(at + close)].IndexOfAnyExceptInRange('0', '9') < 0)
        {
            at += close + 1;
            while (at < sentence.Length && char.IsWhiteSpace(sentence[at])) at++;
        }
        return at;
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : int.MaxValue;
}
