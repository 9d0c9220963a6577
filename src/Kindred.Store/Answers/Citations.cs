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
    public static (string Text, IReadOnlyList<int> Cited, IReadOnlyList<string> Unknown) Check(string text, int sent)
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

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : int.MaxValue;
}
