using CsCheck;
using Kindred.Learning.Duplicates;
using Kindred.Learning.Tests.Anomalies;

namespace Kindred.Learning.Tests.Duplicates;

public class MinHashTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_estimate_is_the_counted_similarity_within_its_error()
    {
        // words drawn from few, so that texts overlap by every share
        var text = Gen.Int[0, 60].Array[4, 80].Select(words => string.Join(' ', words.Select(w => $"w{w * 7919}x")));
        double bias = 0;
        int pairs = 0;
        Gen.Select(text, text, Gen.Int[0, 40]).Sample((x, y, shared) =>
        {
            string z = x[..Math.Min(x.Length, shared * 12)] + y;
            double counted = Counted(x, z);
            Assert.Equal(counted, MinHash.Jaccard(x, z), 1e-12);
            double estimate = MinHash.Estimate(Signature(x), Signature(z));

            // five standard errors, which one pair in millions exceeds, and a part of one number for the small ones
            Assert.True(Math.Abs(estimate - counted) <= (5 * Math.Sqrt(counted * (1 - counted) / MinHash.Size)) + (3.0 / MinHash.Size), $"{estimate} for {counted}");
            (bias, pairs) = (bias + estimate - counted, pairs + 1);
        }, iter: 500, seed: "0000KOIPe036", threads: 1);
        Assert.InRange(bias / pairs, -0.01, 0.01);
    }

    [Theory]
    [InlineData("Same", "  same\n", 1)]
    [InlineData("abcdefg", "abcdefh", 0.5)]   // abcde and bcdef of two and one more each
    [InlineData("ab", "abc", 0)]
    [InlineData("", "", 1)]
    public void Short_texts_have_the_similarity_one_counts(string x, string y, double expected)
    {
        Assert.Equal(expected, MinHash.Jaccard(x, y), 1e-12);
        if (expected is 0 or 1) Assert.Equal(expected, MinHash.Estimate(Signature(x), Signature(y)));
    }

    [Fact]
    public void Bands_find_planted_near_duplicates_of_real_news()
    {
        var (names, rows) = AnomalyData.Shared("ag-news/train.tsv.gz");
        int at = Array.IndexOf(names, "text");
        string[] texts = [.. rows.Select(r => r[at]).Distinct().Take(1500)];
        var random = new Random(5);
        var planted = new List<(string Text, int Of, double Score)>();
        for (int i = 0; i < texts.Length; i++)
        {
            // one to four words of a text changed
            string[] words = texts[i].Split(' ');
            for (int n = random.Next(1, 5); n > 0; n--) words[random.Next(words.Length)] = $"w{random.Next(100000)}";
            string changed = string.Join(' ', words);
            planted.Add((changed, i, MinHash.Jaccard(texts[i], changed)));
        }

        const double threshold = 0.7;
        string[] all = [.. texts, .. planted.Select(p => p.Text)];
        var found = Deduplication.Find(all, null, new DuplicateOptions { Near = threshold }, cancel: Cancel);
        var keeps = found.Duplicates.ToDictionary(d => d.Row);
        var near = planted.Index().Where(p => p.Item.Score >= threshold).ToList();
        Assert.True(near.Count > 700, $"only {near.Count} were planted");
        Assert.InRange(near.Count(p => keeps.ContainsKey(texts.Length + p.Index)) / (double)near.Count, 0.995, 1);

        // and none that is not near
        Assert.All(found.Duplicates, d => Assert.True(MinHash.Jaccard(all[d.Row], all[d.Keeps]) >= threshold));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    [InlineData(1)]
    public void A_band_leaves_the_wanted_recall_at_the_threshold(double threshold)
    {
        int rows = NearTexts.RowsOf(threshold), bands = MinHash.Size / rows;
        Assert.True(1 - Math.Pow(1 - Math.Pow(threshold, rows), bands) >= 0.995);
    }

    [Fact]
    public void A_wrong_length_is_refused()
    {
        Assert.Throws<ArgumentException>(() => MinHash.Sign("a", new uint[3]));
        Assert.Throws<ArgumentException>(() => MinHash.Estimate(new uint[MinHash.Size], new uint[3]));
    }

    private static uint[] Signature(string text)
    {
        uint[] signature = new uint[MinHash.Size];
        MinHash.Sign(text, signature);
        return signature;
    }

    /// <summary>By the strings themselves.</summary>
    private static double Counted(string x, string y)
    {
        var (a, b) = (Pieces(x), Pieces(y));
        return a.Intersect(b).Count() / (double)a.Union(b).Count();

        static HashSet<string> Pieces(string text) => text.Length < 5 ? [text] : [.. Enumerable.Range(0, text.Length - 4).Select(i => text.Substring(i, 5))];
    }
}
