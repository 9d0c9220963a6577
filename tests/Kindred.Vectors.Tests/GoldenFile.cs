namespace Kindred.Vectors.Tests;

/// <summary>Small files that other libraries wrote; the recipe is bench/peers/golden.</summary>
internal static class GoldenFile
{
    public static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", name);

    /// <summary>The rows that stand in every one of them.</summary>
    public static float[][] Rows(int n, int d) => [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, d).Select(j => ((((31 * i) + (17 * j)) % 101) - 50) / 8f).ToArray())];
}
