using System.Globalization;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>Small files that other libraries wrote; the recipe is bench/peers/golden.</summary>
internal static class GoldenFile
{
    public static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", name);

    /// <summary>The rows that stand in every one of them.</summary>
    public static float[][] Rows(int n, int d) => [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, d).Select(j => ((((31 * i) + (17 * j)) % 101) - 50) / 8f).ToArray())];

    /// <summary>Compares a graph with the links that its own library wrote down: a line for each node and level.</summary>
    public static void AssertLinks(string name, GraphLinks graph)
    {
        int[][] lines = [.. File.ReadLines(At(name)).Select(line => line.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(lines.Select(line => line[0]).Distinct().Count(), graph.Count);
        foreach (int[] line in lines) Assert.Equal(line[2..], graph.Neighbors(line[0], line[1]).ToArray());
        foreach (var node in lines.GroupBy(line => line[0])) Assert.Equal(node.Max(line => line[1]), graph.LevelOf(node.Key));
        Assert.Equal(lines.Max(line => line[1]), graph.LevelOf(graph.EntryPoint));
    }
}
