using CsCheck;
using Kindred.Learning.Duplicates;

namespace Kindred.Learning.Tests.Duplicates;

public class DeduplicationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_first_row_of_a_group_stays_and_the_cheapest_method_tells()
    {
        string[] texts = ["The quick brown fox jumps over the lazy dog.", "another text", "the QUICK brown fox  jumps over the lazy dog.", "The quick brown fox jumps over the lazy dogs.", "a fox leaps across a hound", ""];
        ReadOnlyMemory<float>[] vectors = [new float[] { 1, 0 }, new float[] { 0, 1 }, default, new float[] { 1, 0 }, new float[] { 0.99f, 0.05f }, default];
        var found = Deduplication.Find(texts, vectors, cancel: Cancel);
        Assert.Equal([(2, 0, DuplicateMethod.Exact), (3, 0, DuplicateMethod.Near), (4, 0, DuplicateMethod.Meaning)], found.Duplicates.Select(d => (d.Row, d.Keeps, d.Method)));
        Assert.Equal(1, found.Duplicates[0].Score);
        Assert.Equal(MinHash.Jaccard(texts[3], texts[0]), found.Duplicates[1].Score, 1e-12);
        Assert.Equal(0.99 / Math.Sqrt((0.99 * 0.99) + (0.05 * 0.05)), found.Duplicates[2].Score, 1e-6);
        Assert.Equal([0, 1, 5], found.Kept);
        Assert.Equal([5], found.Unusable);
    }

    [Fact]
    public void A_copy_of_a_duplicate_keeps_what_the_duplicate_keeps()
    {
        string[] texts = ["the bell rings at noon in the hall", "the bell rings at noon in the halls", "The bell rings at noon in the halls"];
        var found = Deduplication.Find(texts, cancel: Cancel);
        Assert.Equal([(1, 0, DuplicateMethod.Near), (2, 0, DuplicateMethod.Near)], found.Duplicates.Select(d => (d.Row, d.Keeps, d.Method)));
    }

    [Fact]
    public void A_chain_does_not_join_its_ends()
    {
        // each turned by 15 degrees: neighbours are alike at 0.96, the ends of three are not
        var rows = Enumerable.Range(0, 7).Select(i => new ReadOnlyMemory<float>([MathF.Cos(i * MathF.PI / 12), MathF.Sin(i * MathF.PI / 12)])).ToList();
        var found = Deduplication.Find(rows, new DuplicateOptions { Meaning = 0.96 }, cancel: Cancel);
        Assert.Equal([0, 2, 4, 6], found.Kept);
        Assert.All(found.Duplicates, d => Assert.Equal(d.Row - 1, d.Keeps));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(700)]   // from here on by the graph
    public void What_stays_is_not_alike_and_what_goes_is(int mostExact)
    {
        // groups of rows around a thousand directions, over several blocks
        var random = new Random(3);
        float[][] centres = [.. Enumerable.Range(0, 1000).Select(_ => Gauss(random, 32, null, 0))];
        ReadOnlyMemory<float>[] rows = [.. Enumerable.Range(0, 4000).Select(i => new ReadOnlyMemory<float>(Gauss(random, 32, centres[random.Next(1000)], 0.1)))];
        using var meanings = new Meanings(rows, 0.95, mostExact);
        int[] keeps = new int[rows.Length];
        for (int start = 0; start < rows.Length; start += Deduplication.Block)
        {
            int[] block = [.. Enumerable.Range(start, Math.Min(Deduplication.Block, rows.Length - start))];
            meanings.Open(block, null, TestContext.Current.CancellationToken);
            for (int at = 0; at < block.Length; at++)
            {
                keeps[block[at]] = meanings.Find(at)?.Row ?? block[at];
                if (keeps[block[at]] == block[at]) meanings.Keep(at);
            }
        }

        int missed = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(keeps[i], keeps[keeps[i]]);
            if (keeps[i] != i) Assert.True(DoublePrecision.Cosine(rows[i], rows[keeps[i]]) >= 0.95 - 1e-6);
            for (int j = 0; keeps[i] == i && j < i; j++) missed += keeps[j] == j && DoublePrecision.Cosine(rows[i], rows[j]) >= 0.95 + 1e-6 ? 1 : 0;
        }

        Assert.InRange(keeps.Where((k, i) => k == i).Count(), 500, 1500);
        Assert.InRange(missed, 0, mostExact > 1000 ? 0 : 10);
    }

    [Fact]
    public void Any_texts_are_parted_into_what_stays_and_what_repeats_it()
    {
        string[] some = ["", " ", "a", "A", "ab cd ef gh", "ab cd ef gi", "\uD800", "e\u0301", "é"];
        var text = Gen.OneOf(Gen.String[0, 12], Gen.Int[0, some.Length - 1].Select(i => some[i]));
        Gen.Select(text.Array[0, 60], Gen.Double[0.05, 1]).Sample((texts, threshold) =>
        {
            var found = Deduplication.Find(texts, null, new DuplicateOptions { Near = threshold });
            Assert.Equal(Enumerable.Range(0, texts.Length), found.Kept.Concat(found.Duplicates.Select(d => d.Row)).Order());
            var kept = found.Kept.ToHashSet();
            Assert.All(found.Duplicates, d =>
            {
                Assert.True(d.Keeps < d.Row && kept.Contains(d.Keeps));
                Assert.True(d.Score >= threshold && Math.Abs(d.Score - MinHash.Jaccard(texts[d.Row], texts[d.Keeps])) < 1e-12);
            });
            Assert.All(found.Unusable, i => Assert.Equal("", TextFold.Fold(texts[i])));
        }, iter: 300);
    }

    [Fact]
    public void A_hundred_thousand_equal_rows_are_one()
    {
        var texts = Enumerable.Repeat("the same text over and over", 100_000).ToList();
        var vectors = Enumerable.Repeat(new ReadOnlyMemory<float>([1, 2, 3]), 100_000).ToList();
        Assert.Equal([0], Deduplication.Find(texts, vectors, cancel: Cancel).Kept);
        Assert.Equal([0], Deduplication.Find(vectors, cancel: Cancel).Kept);
    }

    [Fact]
    public void Vectors_that_point_nowhere_stay_and_are_listed()
    {
        ReadOnlyMemory<float>[] rows = [new float[] { 1, 0 }, new float[] { 0, 0 }, new float[] { float.NaN, 1 }, new float[] { 2, 0 }, new float[] { 0, 0 }, new float[] { float.NaN, 1 }, new float[] { 1, 0 }];
        var found = Deduplication.Find(rows, cancel: Cancel);
        Assert.Equal([1, 2, 4, 5], found.Unusable);
        Assert.Equal([0, 1, 2, 4, 5], found.Kept);
        Assert.Equal([DuplicateMethod.Meaning, DuplicateMethod.Exact], found.Duplicates.Select(d => d.Method));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Assert.Contains("1 vectors for 2 texts", Assert.Throws<ArgumentException>(() => Deduplication.Find(["a", "b"], [new float[] { 1 }], cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("Vector 1", Assert.Throws<ArgumentException>(() => Deduplication.Find(["a", "b"], [new float[] { 1 }, new float[] { 1, 2 }], cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => Deduplication.Find(["a"], [new float[] { float.NaN }], cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Deduplication.Find(["a"], null, new DuplicateOptions { Near = 0 }, cancel: Cancel));
        Assert.Throws<ArgumentException>(() => Deduplication.Find(["a"], null, new DuplicateOptions { Meaning = double.NaN }, cancel: Cancel));
        Assert.Empty(Deduplication.Find(new List<string>(), cancel: Cancel).Kept);
        Assert.Throws<OperationCanceledException>(() => Deduplication.Find(["a"], cancel: new CancellationToken(true)));
    }

    private static float[] Gauss(Random random, int d, float[]? around, double spread) => [.. Enumerable.Range(0, d).Select(j =>
    {
        double g = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (float)(around is null ? g : around[j] + (spread * g));
    })];
}
