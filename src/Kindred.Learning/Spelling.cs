namespace Kindred.Learning;

/// <summary>Names spelt alike.</summary>
internal static class Spelling
{
    /// <summary>Longer names are compared by their beginnings.</summary>
    private const int Longest = 100;

    /// <summary>The names with the fewest letters to change (Levenshtein), case aside; of equals the earlier first.</summary>
    public static IReadOnlyList<string> Nearest(IReadOnlyList<string> names, string text, int k)
    {
        string wanted = Start(text);
        int[] changes = new int[names.Count];
        Parallel.For(0, changes.Length, i => changes[i] = Distance(Start(names[i]), wanted));
        return [.. Enumerable.Range(0, changes.Length).OrderBy(i => changes[i]).Take(k).Select(i => names[i])];
    }

    public static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[Longest + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private static string Start(string name) => name[..Math.Min(name.Length, Longest)].ToUpperInvariant();
}
