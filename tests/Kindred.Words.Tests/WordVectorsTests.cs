using CsCheck;

namespace Kindred.Words.Tests;

public class WordVectorsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Neighbours_equal_a_plain_sort_in_double(bool mapped)
    {
        Gen.Select(Gen.Int[1, 70], Gen.Int[2, 60], Gen.Int[1, 80], Gen.Int[0, int.MaxValue]).Sample((dimensions, count, k, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            string[] words = [.. Enumerable.Range(0, count).Select(i => $"w{i}")];
            using var made = WordVectors.Create("r", words, [.. Enumerable.Range(0, count * dimensions).Select(_ => (float)(random.NextDouble() - 0.5))], dimensions);
            made.Save(folder.File("r.kwv"));
            using var file = WordVectors.Open(folder.File("r.kwv"));
            var vectors = mapped ? file : made;
            double[][] rows = [.. Enumerable.Range(0, count).Select(i => Row(vectors, i))];
            var hits = vectors.Neighbors("w0", k);
            double[] expected = [.. rows.Skip(1).Select(row => Cosine(rows[0], row)).OrderDescending().Take(k)];
            Assert.Equal(Math.Min(k, count - 1), hits.Count);
            Assert.Equal(hits.Count, hits.Select(hit => hit.Word).Distinct().Count());
            Assert.DoesNotContain(hits, hit => hit.Word == "w0");
            for (int i = 0; i < hits.Count; i++)
            {
                Assert.Equal(expected[i], hits[i].Score, 2e-6);
                Assert.Equal(vectors.Similarity("w0", hits[i].Word), hits[i].Score, 1e-6);
            }
        }, iter: 60);
    }

    [Fact]
    public void Analogy_equals_a_plain_sort_in_double()
    {
        Gen.Select(Gen.Int[2, 40], Gen.Int[0, int.MaxValue]).Sample((dimensions, seed) =>
        {
            var random = new Random(seed);
            string[] words = [.. Enumerable.Range(0, 30).Select(i => $"w{i}")];
            using var vectors = WordVectors.Create("r", words, [.. Enumerable.Range(0, 30 * dimensions).Select(_ => (float)(random.NextDouble() - 0.5))], dimensions);
            double[][] unit = [.. Enumerable.Range(0, 30).Select(i => Row(vectors, i)).Select(row => row.Select(x => x / Math.Sqrt(row.Sum(y => y * y))).ToArray())];
            double[] target = [.. Enumerable.Range(0, dimensions).Select(j => unit[3][j] - unit[7][j] + unit[11][j])];
            var hits = vectors.Analogy(["w3", "w11"], ["w7"], 5);
            double[] expected = [.. Enumerable.Range(0, 30).Except([3, 7, 11]).Select(i => Cosine(target, unit[i])).OrderDescending().Take(5)];
            for (int i = 0; i < 5; i++) Assert.Equal(expected[i], hits[i].Score, 2e-6);
            Assert.Empty(hits.Select(hit => hit.Word).Intersect(["w3", "w7", "w11"]));
        }, iter: 60);
    }

    [Fact]
    public void Equal_scores_come_in_order_of_frequency()
    {
        using var vectors = WordVectors.Create("e", [.. Enumerable.Range(0, 40).Select(i => $"w{i}")], [.. Enumerable.Repeat(0.3f, 40 * 3)], 3);
        Assert.Equal(["w0", "w1", "w2", "w3", "w4", "w6", "w7"], vectors.Neighbors("w5", 7).Select(hit => hit.Word));
    }

    [Fact]
    public void A_word_is_sought_as_written_and_then_in_lower_case()
    {
        using var vectors = WordVectors.Create("case", ["us", "US", "éire", "ΟΔΟΣ"], [1, 2, 3, 4], 1);
        Assert.Equal(0, Index("us"));
        Assert.Equal(1, Index("US"));
        Assert.Equal(0, Index("Us"));
        Assert.Equal(2, Index("ÉIRE"));
        Assert.Equal(3, Index("ΟΔΟΣ"));
        Assert.Equal(-1, Index(""));
        Assert.Equal(-1, Index("\uD800"));
        Assert.Equal(-1, Index("us\0"));
        Assert.Equal(-1, Index(new string('x', 10_000_000)));

        int Index(string word) => vectors.TryFind(word, out int index) ? index : -1;
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        using var vectors = WordVectors.Create("w", ["a", "b"], [1, 2], 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Neighbors("a", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Analogy(["a"], [], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Suggest("a", 0));
        Assert.Throws<ArgumentException>(() => vectors.Analogy([], [], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Word(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Word(-1));
        Assert.Throws<ArgumentException>(() => vectors.CopyVector(0, new float[2]));
        Assert.Throws<ArgumentException>(() => WordVectors.Create("x", ["a", "a"], [1, 2], 1));
        Assert.Throws<ArgumentException>(() => WordVectors.Create("x", ["a", ""], [1, 2], 1));
        Assert.Throws<ArgumentException>(() => WordVectors.Create("x", ["a", "\uDC00"], [1, 2], 1));
        Assert.Throws<ArgumentException>(() => WordVectors.Create("x", ["a", "b"], [1, float.NaN], 1));
        Assert.Throws<ArgumentException>(() => WordVectors.Create("x", ["a", "b"], [1, 2, 3], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => WordVectors.Create("x", [], [], 0));
    }

    [Fact]
    public void An_unknown_word_says_so_on_one_line()
    {
        using var vectors = WordVectors.Create("w", ["a", "kingdom"], [1, 2], 1);
        var error = Assert.Throws<UnknownWordException>(() => vectors.Similarity("a", "kindgom"));
        Assert.Equal("kindgom", error.Word);
        Assert.Equal(["kingdom"], error.Suggestions);
        Assert.Equal("\"kindgom\" is not among the 2 words of w; near spellings: kingdom", error.Message);
        string message = Assert.Throws<UnknownWordException>(() => vectors.Neighbors("a\r\n\u001b[31m" + new string('x', 1_000_000), 1)).Message;
        Assert.True(message.Length < 150);
        Assert.DoesNotContain(message, char.IsControl);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_dispose_calls_throw_and_nothing_crashes(bool mapped)
    {
        using var folder = new TempFolder();
        using var made = WordVectors.Create("w", ["a", "b"], [1, 2], 1);
        made.Save(folder.File("w.kwv"));
        var vectors = mapped ? WordVectors.Open(folder.File("w.kwv")) : made;
        vectors.Dispose();
        vectors.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vectors.Similarity("a", "b"));
        Assert.Throws<ObjectDisposedException>(() => vectors.TryFind("a", out _));
        Assert.Throws<ObjectDisposedException>(() => vectors.Word(0));
        Assert.Throws<ObjectDisposedException>(() => vectors.Save(folder.File("again.kwv")));
    }

    [Fact]
    public async Task Disposing_under_running_calls_ends_them_cleanly()
    {
        using var folder = new TempFolder();
        string[] words = [.. Enumerable.Range(0, 500).Select(i => $"w{i}")];
        var random = new Random(3);
        using (var made = WordVectors.Create("w", words, [.. Enumerable.Range(0, 500 * 64).Select(_ => (float)random.NextDouble())], 64)) made.Save(folder.File("w.kwv"));
        for (int round = 0; round < 30; round++)
        {
            var vectors = WordVectors.Open(folder.File("w.kwv"));
            Task[] callers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(Call, TestContext.Current.CancellationToken))];
            Thread.Sleep(1);
            vectors.Dispose();
            await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

            void Call()
            {
                try
                {
                    while (true) vectors.Neighbors("w1", 5);
                }
                catch (ObjectDisposedException)
                {
                }
            }
        }
    }

    private static double[] Row(WordVectors vectors, int index)
    {
        float[] row = new float[vectors.Dimensions];
        vectors.CopyVector(index, row);
        return [.. row.Select(x => (double)x)];
    }

    private static double Cosine(double[] x, double[] y) =>
        x.Zip(y, (a, b) => a * b).Sum() / Math.Sqrt(x.Sum(a => a * a) * y.Sum(a => a * a));
}
