namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>Compares what a program printed with what a guide says, in which "…" stands for anything in a line, and alone in a line for any lines.</summary>
internal static class ExpectedOutput
{
    public static bool Matches(string expected, string printed) => MatchLines(Lines(expected), Lines(printed));

    private static string[] Lines(string text) => [.. text.ReplaceLineEndings("\n").Trim().Split('\n').Select(line => line.TrimEnd())];

    private static bool MatchLines(ReadOnlySpan<string> expected, ReadOnlySpan<string> printed)
    {
        if (expected.IsEmpty) return printed.IsEmpty;
        if (expected[0].Trim() == "…")
        {
            for (int skip = 0; skip <= printed.Length; skip++)
                if (MatchLines(expected[1..], printed[skip..])) return true;
            return false;
        }
        return !printed.IsEmpty && MatchLine(expected[0], printed[0]) && MatchLines(expected[1..], printed[1..]);
    }

    private static bool MatchLine(string expected, string printed)
    {
        string[] parts = expected.Split('…');
        if (parts.Length == 1) return expected == printed;
        if (!printed.StartsWith(parts[0], StringComparison.Ordinal)) return false;
        int at = parts[0].Length;
        foreach (string part in parts[1..^1])
        {
            int found = printed.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0) return false;
            at = found + part.Length;
        }
        return printed.Length - at >= parts[^1].Length && printed.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
