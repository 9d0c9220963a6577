namespace Kindred.Cli.Verbs;

/// <summary>Rows named in a message.</summary>
internal static class RowNumbers
{
    private const int Most = 20;

    /// <param name="rows">Rows, from 0.</param>
    /// <returns>Their numbers from 1, the first of them where there are many.</returns>
    public static string Of(IReadOnlyList<int> rows) => $"{string.Join(", ", rows.Take(Most).Select(r => r + 1))}{(rows.Count > Most ? ", …" : "")}";
}
