using CsCheck;
using Kindred.Learning.Clustering;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Tests.Clustering;

public class HdbscanTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Clusters_are_those_of_the_definition() =>
        Gen.Select(Gen.Int[12, 60], Gen.Int[2, 5], Gen.Int[1, 5], Gen.Int[0, int.MaxValue]).Sample(
            (n, size, samples, seed) =>
            {
                var random = new Random(seed);
                float[][] rows = [.. Enumerable.Range(0, n).Select(i => new[] { (float)(Normal(random) * 0.4) + (4 * (i % 3)), (float)(Normal(random) * (i % 5 == 0 ? 4 : 0.4)) })];
                var found = Hdbscan.Fit(Memory(rows), new HdbscanOptions { MinClusterSize = size, MinSamples = samples }, cancel: Cancel);
                Assert.Equal(Sets(Definition(rows, size, samples)), Sets([.. found.Labels]));
                Assert.Equal(found.Labels.Count(l => l < 0), found.Noise);
                Assert.All(found.Labels.Zip(found.Probabilities), row => Assert.InRange(row.Second, row.First < 0 ? 0 : float.Epsilon, row.First < 0 ? 0 : 1));
            },
            iter: 150);

    [Fact]
    public void Blobs_are_found_and_what_lies_between_is_noise()
    {
        var random = new Random(3);
        float[][] rows = [.. Enumerable.Range(0, 300).Select(i => Enumerable.Range(0, 8).Select(j => (float)(Normal(random) + (j == i % 3 ? 20 : 0))).ToArray()), .. Enumerable.Range(0, 3).Select(i => Enumerable.Repeat(60f * (i + 1), 8).ToArray())];
        var found = Hdbscan.Fit(Memory(rows), new HdbscanOptions { MinClusterSize = 20 }, cancel: Cancel);
        Assert.Equal(3, found.Clusters);
        for (int i = 0; i < 300; i++) Assert.True(found.Labels[i] < 0 || found.Labels[i] == found.Labels[Enumerable.Range(0, 300).First(j => j % 3 == i % 3 && found.Labels[j] >= 0)]);
        Assert.Equal([-1, -1, -1], found.Labels.Skip(300));
        var assigned = Hdbscan.Fit(Memory(rows), new HdbscanOptions { MinClusterSize = 20, AssignNoise = true }, cancel: Cancel);
        Assert.DoesNotContain(-1, assigned.Labels);
        Assert.Equal(found.Noise, assigned.Noise);
        for (int i = 0; i < 300; i++) Assert.Equal(assigned.Labels[i % 3], assigned.Labels[i]);
    }

    [Fact]
    public void Rows_that_are_equal_have_one_label_and_few_rows_are_noise()
    {
        float[] a = [1, 2], b = [5, 5];
        var five = Hdbscan.Fit(Memory([a, b, a, b, a]), cancel: Cancel);
        Assert.Single(five.Labels.Take(1).Concat([five.Labels[2], five.Labels[4]]).Distinct());
        Assert.Equal(five.Labels[1], five.Labels[3]);
        Assert.Equal((0, 2), (Hdbscan.Fit(Memory([a, b]), cancel: Cancel).Clusters, Hdbscan.Fit(Memory([a, b]), cancel: Cancel).Noise));
        Assert.Empty(Hdbscan.Fit([], cancel: Cancel).Labels);
        var same = Hdbscan.Fit(Memory([.. Enumerable.Repeat(a, 50), .. Enumerable.Repeat(b, 50)]), cancel: Cancel);
        Assert.Equal((2, 0), (same.Clusters, same.Noise));
        Assert.All(same.Probabilities, p => Assert.Equal(1, p));
        var random = new Random(8);
        float[][] some = [.. Enumerable.Range(0, 200).Select(_ => new[] { random.Next(6), (float)random.Next(6) })];
        var found = Hdbscan.Fit(Memory(some), cancel: Cancel);
        foreach (var group in some.Index().GroupBy(row => (row.Item[0], row.Item[1]))) Assert.Single(group.Select(row => found.Labels[row.Index]).Distinct());
    }

    [Fact]
    public void Settings_and_rows_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Hdbscan.Fit([], new HdbscanOptions { MinClusterSize = 1 }, cancel: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hdbscan.Fit([], new HdbscanOptions { MinSamples = 0 }, cancel: Cancel));
        Assert.ThrowsAny<ArgumentException>(() => Hdbscan.Fit(Memory([.. Enumerable.Repeat(new float[] { 1, 2 }, 9), [1]]), cancel: Cancel));
        Assert.ThrowsAny<ArgumentException>(() => Hdbscan.Fit(Memory([.. Enumerable.Repeat(new float[] { 1, 2 }, 9), [float.NaN, 1]]), cancel: Cancel));
        Assert.Throws<OperationCanceledException>(() => Hdbscan.Fit(Memory([.. Enumerable.Repeat(new float[] { 1, 2 }, 9)]), cancel: new CancellationToken(canceled: true)));
    }

    /// <summary>Straight from Campello et al. 2013: clusters are the connected rows at each distance, each with its lifetime; the most stable ones are taken.</summary>
    private static int[] Definition(float[][] rows, int size, int samples)
    {
        int n = rows.Length;

        // rounded to float: which of two distances is the smaller decides everything
        double Far(int i, int j) => Math.Sqrt(Metric.SquaredL2(rows[i], rows[j]));
        double[] core = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Where(j => j != i).Select(j => Far(i, j)).Order().ElementAt(Math.Min(samples, n - 1) - 1))];
        double Reach(int i, int j) => Math.Max(Math.Max(core[i], core[j]), Far(i, j));
        double[] levels = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Range(0, i).Select(j => Reach(i, j))).Distinct().OrderDescending()];
        var nodes = new List<Node> { new(null, 0, [.. Enumerable.Range(0, n)]) };
        var live = new List<Node> { nodes[0] };
        foreach (double level in levels)
        {
            // what is connected by less than this distance
            foreach (var node in live.ToArray())
            {
                var parts = Parts(node.Now, level);
                var large = parts.Where(part => part.Count >= size).ToList();
                int gone = node.Now.Count - large.Sum(part => part.Count);
                node.Stability += gone * ((1 / level) - node.Birth);
                if (large.Count == 1)
                {
                    node.Now = large[0];
                    continue;
                }

                live.Remove(node);
                foreach (var part in large)
                {
                    node.Stability += part.Count * ((1 / level) - node.Birth);
                    var child = new Node(node, 1 / level, part);
                    nodes.Add(child);
                    live.Add(child);
                }
            }
        }

        var labels = Enumerable.Repeat(-1, n).ToArray();
        foreach (var node in Chosen(nodes[0]))
            foreach (int i in node.All) labels[i] = nodes.IndexOf(node);
        return labels;

        List<List<int>> Parts(List<int> of, double below)
        {
            var left = of.ToHashSet();
            var parts = new List<List<int>>();
            while (left.Count > 0)
            {
                var part = new List<int> { left.First() };
                left.Remove(part[0]);
                for (int k = 0; k < part.Count; k++)
                {
                    foreach (int j in left.Where(j => Reach(part[k], j) < below).ToArray())
                    {
                        part.Add(j);
                        left.Remove(j);
                    }
                }

                parts.Add(part);
            }

            return parts;
        }

        List<Node> Chosen(Node node)
        {
            var ofParts = nodes.Where(child => child.Parent == node).SelectMany(Chosen).ToList();
            return node.Parent is not null && node.Stability >= ofParts.Sum(part => part.Stability) ? [node] : [.. ofParts];
        }
    }

    private sealed class Node(Node? parent, double birth, List<int> all)
    {
        public Node? Parent => parent;

        public double Birth => birth;

        public List<int> All { get; } = all;

        public List<int> Now { get; set; } = all;

        public double Stability { get; set; }
    }

    private static IReadOnlyList<ReadOnlyMemory<float>> Memory(float[][] rows) => [.. rows.Select(row => new ReadOnlyMemory<float>(row))];

    /// <summary>Which rows are together, however they are called.</summary>
    private static string Sets(int[] labels) => string.Join(" | ", labels.Index().Where(row => row.Item >= 0).GroupBy(row => row.Item).Select(set => string.Join(' ', set.Select(row => row.Index))).Order(StringComparer.Ordinal));

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
