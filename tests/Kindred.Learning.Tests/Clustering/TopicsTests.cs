using Kindred.Learning.Clustering;
using Kindred.Learning.Tests.Anomalies;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Tests.Clustering;

public class TopicsTests
{
    private static readonly string[] Texts =
    [
        "the cat chased the mouse", "a cat and the other cat slept", "the mouse saw the cat", "Cats? the cat!",
        "the bank raised the rate", "a rate of the bank fell", "the bank and the loan", "",
    ];

    private static readonly int[] Labels = [0, 0, 0, 0, 1, 1, 1, -1];

    private static readonly ReadOnlyMemory<float>[] Vectors = [.. Labels.Select((l, i) => new ReadOnlyMemory<float>(l == 0 ? [1, 0.1f * i] : [0.1f * i, 1]))];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Topics_are_named_by_their_own_words_not_by_those_of_all()
    {
        var topics = Topics.Describe(Texts, Vectors, Labels, cancel: Cancel);
        Assert.Equal([0, 1], topics.Select(t => t.Cluster));
        Assert.Equal([4, 3], topics.Select(t => t.Size));
        Assert.Equal("cat", topics[0].Words[0]);
        Assert.Equal("bank", topics[1].Words[0]);
        Assert.All(topics, t => Assert.DoesNotContain("the", t.Words));
        Assert.StartsWith("cat, ", topics[0].Name, StringComparison.Ordinal);
        Assert.Equal([1, 0], topics.Select(t => t.Nearest));
        Assert.All(topics[0].Examples, i => Assert.Equal(0, Labels[i]));
    }

    [Fact]
    public void Class_based_tfidf_equals_its_formula()
    {
        // aa: 3/3 · ln(3/3 · 6/4) = 0.405, bb: 1/3 · ln(1/3 · 6/1) = 0.231; cc: 2/3 · ln(2/3 · 6/2) = 0.462, dd as bb; aa is in fewer of the second topic's texts than of all
        string[] texts = ["bb aa bb bb", "aa", "aa", "cc aa", "cc", "dd"];
        ReadOnlyMemory<float>[] vectors = [.. texts.Select(_ => new ReadOnlyMemory<float>([1]))];
        var topics = Topics.Describe(texts, vectors, [0, 0, 0, 1, 1, 1], cancel: Cancel);
        Assert.Equal(["aa", "bb"], topics[0].Words);
        Assert.Equal(["cc", "dd"], topics[1].Words);
        Assert.Equal(["aa", "cc", "bb", "dd"], Topics.Describe(texts, vectors, [0, 0, 0, 0, 0, 0], cancel: Cancel)[0].Words);
    }

    [Fact]
    public void Three_words_say_what_people_called_a_topic()
    {
        // "card_arrival": how many of card and arrival are among the three, by their first five letters
        var (_, rows) = AnomalyData.Shared("banking77/train.tsv.gz");
        string[] called = [.. rows.Select(r => r[0])], labels = [.. called.Distinct()];
        string[][] named = [.. Topics.Describe([.. rows.Select(r => r[1])], [.. rows.Select(_ => new ReadOnlyMemory<float>([1]))], [.. called.Select(c => Array.IndexOf(labels, c))], words: 3, cancel: Cancel).Select(t => t.Words.ToArray())];
        double said = labels.Index().Average(l =>
        {
            string[] wanted = [.. l.Item.ToLowerInvariant().Split('_', '?').Where(w => w.Length > 3).Select(Stem).Distinct()];
            return wanted.Count(named[l.Index].Select(Stem).Contains) / (double)wanted.Length;
        });
        Assert.True(said > 0.6, $"{said:F3}");   // 0.66 here; by the root of a word's share of all words times its rarity, 0.37
        Assert.All(["would", "where", "the", "my"], w => Assert.DoesNotContain(w, named.SelectMany(n => n)));

        static string Stem(string word) => word[..Math.Min(5, word.Length)];
    }

    [Fact]
    public void Merging_joins_the_nearest_and_keeps_noise()
    {
        ReadOnlyMemory<float>[] vectors = [new float[] { 1, 0 }, new float[] { 1, 0.1f }, new float[] { 0, 1 }, new float[] { 0, 1 }, new float[] { 1, 1 }];
        Assert.Equal([0, 0, 1, 1, -1], Topics.Merge(vectors, [2, 0, 1, 1, -1], 2));
        Assert.Equal([2, 0, 1, 1, -1], Topics.Merge(vectors, [2, 0, 1, 1, -1], 3));
    }

    [Theory]
    [InlineData(new[] { "2020-01-05", "2020-01-20", "2020-11-30", "" }, new[] { "2020-01", "2020-06" })]
    [InlineData(new[] { "1", "2", "11", " " }, new[] { "1", "6" })]
    [InlineData(new[] { "spring", "spring", "winter", "" }, new[] { "spring", "winter" })]
    public void Shares_over_time(string[] times, string[] names)
    {
        var course = Topics.OverTime(times, [0, 1, 1, 0], bins: 2);
        Assert.Equal(names, course.Select(c => c.Time));
        Assert.Equal([0.5, 0.5], course[0].Shares);
        Assert.Equal([0, 1], course[1].Shares);
        Assert.Empty(Topics.OverTime(["", " "], [0, 1]));
    }

    [Fact]
    public void Equal_texts_have_equal_features_and_words_part_what_vectors_do_not()
    {
        // one vector for all: only the words differ
        string[][] words = [["printer", "toner", "paper"], ["password", "login", "account"], ["screen", "cable", "monitor"], ["salary", "bonus", "payslip"], ["coffee", "kitchen", "cups"], ["parking", "garage", "car"]];
        string[] texts = [.. Enumerable.Range(0, 240).Select(i => $"{words[i % 6][i / 6 % 3]} {words[i % 6][(i / 6 + 1) % 3]}")];
        ReadOnlyMemory<float>[] vectors = [.. texts.Select(_ => new ReadOnlyMemory<float>([1, 2, 3, 4]))];
        var rows = TextFeatures.Smooth(TextFeatures.Combine(vectors, texts, cancel: Cancel), Cancel);
        for (int i = 0; i < texts.Length; i++) Assert.Equal(rows[Array.IndexOf(texts, texts[i])].ToArray(), rows[i].ToArray());
        Assert.Equal(1, Evaluation(KMeansClustering.Fit(rows, 6, cancel: Cancel).Labels));

        static double Evaluation(IReadOnlyList<int> labels) => Learning.Evaluation.ClusteringScore.AdjustedRand([.. labels.Select((_, i) => i % 6)], [.. labels]);
    }

    [Fact]
    public void A_layer_counts_half_as_much_as_the_vector_and_the_other_layers_do_not()
    {
        var random = new Random(5);
        float[] Row(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.3f)];
        ReadOnlyMemory<float>[] vectors = [.. Enumerable.Range(0, 60).Select(_ => new ReadOnlyMemory<float>(Row(6)))], layers = [.. Enumerable.Range(0, 60).Select(_ => new ReadOnlyMemory<float>(Row(20)))];
        var rows = TextFeatures.Combine(vectors, null, layers, Cancel);
        float[][] meant = Centred(vectors), told = Centred([.. layers.Select(l => l[5..10])]);
        for (int i = 0; i < 60; i++)
            for (int j = 0; j < 60; j++)
                Assert.Equal((Metric.Dot(meant[i], meant[j]) + (0.49 * Metric.Dot(told[i], told[j]))) / 1.49, Metric.Dot(rows[i].Span, rows[j].Span), 1e-5);
        Assert.Throws<ArgumentException>(() => TextFeatures.Combine(vectors, null, layers[1..], Cancel));
        Assert.Throws<ArgumentException>(() => TextFeatures.Combine(vectors, null, [.. layers[1..], new float[24]], Cancel));

        static float[][] Centred(ReadOnlyMemory<float>[] rows)
        {
            double[][] unit = [.. rows.Select(r => r.ToArray().Select(x => x / Math.Sqrt(r.ToArray().Sum(y => (double)y * y))).ToArray())];
            double[] mean = [.. Enumerable.Range(0, unit[0].Length).Select(d => unit.Average(r => r[d]))];
            double[][] moved = [.. unit.Select(r => r.Zip(mean, (x, m) => x - m).ToArray())];
            return [.. moved.Select(r => r.Select(x => (float)(x / Math.Sqrt(r.Sum(y => y * y)))).ToArray())];
        }
    }
}
