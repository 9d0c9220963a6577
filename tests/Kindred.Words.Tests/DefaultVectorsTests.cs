using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Kindred.Words.Tests;

/// <summary>The vectors that ship: GloVe 6B, 100 dimensions, 50,000 words as int8.</summary>
public class DefaultVectorsTests(ITestOutputHelper output)
{
    private static WordVectors Vectors => WordVectors.Default;

    [Fact]
    public void The_committed_file_is_the_one_that_the_recipe_made()
    {
        string folder = SharedData.Repository("models/glove-6b-100d");
        using var source = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "SOURCE.json")));
        var made = source.RootElement.GetProperty("output");
        string committed = Path.Combine(folder, "words.kwv"), copied = Path.Combine(AppContext.BaseDirectory, "models/glove-6b-100d/words.kwv");
        foreach (string path in new[] { committed, copied })
            Assert.Equal(made.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        Assert.Equal(made.GetProperty("bytes").GetInt64(), new FileInfo(committed).Length);
        Assert.Equal(made.GetProperty("words").GetInt32(), Vectors.Count);
        Assert.Equal(made.GetProperty("dimensions").GetInt32(), Vectors.Dimensions);
        Assert.Equal("glove-6b-100d", Vectors.Name);
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "models/glove-6b-100d/LICENSE")));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "models/glove-6b-100d/SOURCE.json")));
    }

    [Fact]
    public void Every_word_is_found_where_it_stands()
    {
        Assert.Equal("the", Vectors.Word(0));
        for (int i = 0; i < Vectors.Count; i++)
        {
            Assert.True(Vectors.TryFind(Vectors.Word(i), out int index));
            Assert.Equal(i, index);
        }
    }

    [Fact]
    public void A_vector_is_near_the_published_one()
    {
        // the first numbers of "the" in glove.6B.100d
        Assert.True(Vectors.TryFind("the", out int index));
        float[] vector = new float[100];
        Vectors.CopyVector(index, vector);
        float[] published = [-0.038194f, -0.24487f, 0.72812f, -0.39961f, 0.083172f, 0.043953f, -0.39141f, 0.3344f, -0.57545f, 0.087459f];
        // its largest component is 3.9; a level is a 127th of it
        for (int i = 0; i < published.Length; i++) Assert.InRange(vector[i] - published[i], -0.02, 0.02);
    }

    [Fact]
    public void King_minus_man_plus_woman_is_queen()
    {
        var hits = Vectors.Analogy(["king", "woman"], ["man"], 5);
        Assert.Equal("queen", hits[0].Word);
        Assert.Equal(5, hits.Count);
        Assert.Equal("queen", Vectors.Analogy(["King", "Woman"], ["MAN"], 1)[0].Word);
    }

    [Fact]
    public void A_cat_is_nearer_to_a_dog_than_to_a_car()
    {
        Assert.True(Vectors.Similarity("cat", "dog") > Vectors.Similarity("cat", "car") + 0.3f);
        // 0.8798 with the float vectors
        Assert.Equal(0.8798, Vectors.Similarity("cat", "dog"), 0.005);
        Assert.Contains("dog", Vectors.Neighbors("cat", 3).Select(hit => hit.Word));
    }

    [Fact]   // field case 22
    public void A_word_is_like_itself_by_one_and_like_nothing_by_more()
    {
        for (int i = 0; i < Vectors.Count; i += 17)
        {
            string word = Vectors.Word(i);
            Assert.Equal(1, Vectors.Similarity(word, word), 1e-6);
            Assert.InRange(Vectors.Similarity(word, word), -1f, 1f);
            Assert.InRange(Vectors.Similarity(word, "king"), -1f, 1f);
        }
    }

    [Fact]   // field cases 17 and 19
    public void Asked_for_more_than_there_are_it_gives_all_that_there_are()
    {
        foreach (int k in new[] { 1_000_000, int.MaxValue, Vectors.Count, Vectors.Count - 1 })
        {
            var hits = Vectors.Neighbors("king", k);
            Assert.Equal(Vectors.Count - 1, hits.Count);
            Assert.Equal(hits.Count, hits.Select(hit => hit.Word).Distinct().Count());
            Assert.All(hits, hit => Assert.InRange(hit.Score, -1f, 1f));
            for (int i = 1; i < hits.Count; i++) Assert.True(hits[i - 1].Score >= hits[i].Score);
        }
        Assert.Equal(Vectors.Neighbors("king", 1_000_000).Take(10), Vectors.Neighbors("king", 10));
    }

    [Fact]
    public void Near_spellings()
    {
        Assert.Equal("kingdom", Vectors.Suggest("kindgom", 5)[0]);
        Assert.Contains("queen", Vectors.Suggest("qeen", 5));
        Assert.Contains("queen", Vectors.Suggest("QEEN", 5));
        Assert.DoesNotContain("queen", Vectors.Suggest("queen", 5));
        Assert.Empty(Vectors.Suggest("zzzzzzzzzzzzzzzz", 5));
        Assert.Empty(Vectors.Suggest(new string('a', 10_000_000), 5));
        var error = Assert.Throws<UnknownWordException>(() => Vectors.Neighbors("kindgom", 3));
        Assert.Contains("kingdom", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposing_of_the_shared_vectors_does_nothing()
    {
        Vectors.Dispose();
        Assert.Equal(1, WordVectors.Default.Similarity("cat", "cat"), 1e-6);
        Assert.Same(Vectors, WordVectors.Default);
    }

    [Fact]
    public void WordSim353_ranks_as_people_do()
    {
        var human = new List<double>();
        var ours = new List<double>();
        int missing = 0;
        foreach (string line in File.ReadLines(SharedData.File("data/words/wordsim353-all.tsv")).Skip(1))
        {
            string[] cells = line.Split('\t');
            if (!Vectors.TryFind(cells[0], out _) || !Vectors.TryFind(cells[1], out _))
            {
                missing++;
                continue;
            }
            human.Add(double.Parse(cells[2], CultureInfo.InvariantCulture));
            ours.Add(Vectors.Similarity(cells[0], cells[1]));
        }
        double spearman = Pearson(Ranks(human), Ranks(ours));
        output.WriteLine($"Spearman {spearman:F4}, n {human.Count}, missing {missing}");
        Assert.Equal((349, 4), (human.Count, missing));   // madhouse, antecedent, tableware, seepage are rarer words
        // the float vectors of the package, worked out apart: 0.5504 on these 349 pairs (0.5327 on all 353)
        Assert.Equal(0.5504, spearman, 0.004);
    }

    [Fact]
    public void Google_analogies_are_solved_as_published()
    {
        using var packed = new GZipStream(File.OpenRead(SharedData.File("data/words/questions-words.txt.gz")), CompressionMode.Decompress);
        using var text = new StreamReader(packed);
        int question = 0, known = 0, right = 0;
        while (text.ReadLine() is { } line)
        {
            if (line.StartsWith(':') || question++ % 20 != 0) continue;
            string[] w = line.Split(' ');
            if (!w.All(word => Vectors.TryFind(word, out _))) continue;
            known++;
            if (string.Equals(Vectors.Analogy([w[1], w[2]], [w[0]], 1)[0].Word, w[3], StringComparison.OrdinalIgnoreCase)) right++;
        }
        output.WriteLine($"{right} of {known} right, {(double)right / known:F3}; asked {(question + 19) / 20}");
        Assert.True(known > 850);
        // 0.67 was measured apart, on another fifth of the questions and 30,000 words to answer with
        Assert.InRange((double)right / known, 0.60, 0.72);
    }

    private static double[] Ranks(List<double> values)
    {
        double[] ranks = new double[values.Count];
        foreach (var tied in values.Select((value, index) => (value, index)).GroupBy(x => x.value))
        {
            double rank = values.Count(x => x < tied.Key) + ((tied.Count() + 1) / 2.0);
            foreach (var (_, index) in tied) ranks[index] = rank;
        }
        return ranks;
    }

    private static double Pearson(double[] x, double[] y)
    {
        double mx = x.Average(), my = y.Average();
        double xy = x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum();
        return xy / Math.Sqrt(x.Sum(a => (a - mx) * (a - mx)) * y.Sum(b => (b - my) * (b - my)));
    }
}
