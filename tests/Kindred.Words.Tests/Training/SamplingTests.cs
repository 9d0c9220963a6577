using Kindred.Words.Training;

namespace Kindred.Words.Tests.Training;

public class SamplingTests
{
    [Fact]
    public void Noise_is_drawn_in_proportion_to_the_power_of_the_counts()
    {
        long[] counts = [1_000_000, 50_000, 50_000, 700, 5, 5, 1];
        double[] share = [.. counts.Select(count => Math.Pow(count, 0.75))];
        var table = new NoiseTable(counts);
        var random = new Xoshiro(7);
        int[] drawn = new int[counts.Length];
        const int Draws = 4_000_000;
        for (int i = 0; i < Draws; i++) drawn[table.Draw(ref random)]++;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = Draws * share[i] / share.Sum();
            Assert.InRange(drawn[i], expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)) + 1);
        }
    }

    [Fact]
    public void Huffman_codes_are_free_of_prefixes_and_of_the_least_length()
    {
        var random = new Random(3);
        long[] counts = [.. Enumerable.Range(0, 500).Select(_ => (long)random.Next(1, 10_000)).OrderDescending()];
        var tree = new HuffmanTree(counts);
        string[] codes = [.. Enumerable.Range(0, counts.Length).Select(word => string.Concat(tree.Turns(word).ToArray().Reverse().Select(turn => turn ? '1' : '0')))];
        string[] sorted = [.. codes.Order(StringComparer.Ordinal)];
        for (int i = 1; i < sorted.Length; i++) Assert.False(sorted[i].StartsWith(sorted[i - 1], StringComparison.Ordinal));
        // the least total length is the sum of all inner nodes (Huffman 1952), here made with a sorted list
        var heap = new List<long>(counts);
        long least = 0;
        while (heap.Count > 1)
        {
            heap.Sort();
            long sum = heap[0] + heap[1];
            least += sum;
            heap.RemoveRange(0, 2);
            heap.Add(sum);
        }
        Assert.Equal(least, counts.Select((count, word) => count * codes[word].Length).Sum());
        Assert.All(Enumerable.Range(0, counts.Length), word => Assert.All(tree.Nodes(word).ToArray(), node => Assert.InRange(node, 0, counts.Length - 2)));
    }

    [Fact]
    public void One_word_has_an_empty_path() => Assert.Equal(0, new HuffmanTree([5]).Nodes(0).Length);
}
