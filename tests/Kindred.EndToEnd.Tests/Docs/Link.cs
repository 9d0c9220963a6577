using System.Text.RegularExpressions;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>Finds the links of a Markdown text that lead to files.</summary>
internal static partial class Link
{
    /// <summary>The targets, without the part behind '#'; addresses and links within the page are left out.</summary>
    public static IEnumerable<string> Of(string markdown) => Target().Matches(markdown)
        .Select(match => match.Groups[1].Value.Split('#')[0])
        .Where(target => target.Length > 0 && !target.Contains(':', StringComparison.Ordinal));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Target();
}
