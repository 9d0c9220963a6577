using System.Text.Json;
using Kindred.Words.Sentences;

namespace Kindred.Words.Tests;

/// <summary>Answers of numpy, made by Golden/make.py.</summary>
public sealed class SentenceVectorsTests : IDisposable
{
    private readonly JsonElement _answers = JsonDocument.Parse(File.ReadAllBytes(Golden("answers.json"))).RootElement;
    private readonly WordVectors _words = WordVectors.Open(Golden("gensim-words.bin"));

    public void Dispose() => _words.Dispose();

    [Fact]
    public void Sif_is_numpys()
    {
        var sif = _answers.GetProperty("sif");
        string[] texts = [.. sif.GetProperty("sentences").EnumerateArray().Select(t => t.GetString()!)];
        var weighted = SentenceVectors.Sif(_words, 1e-3, [.. sif.GetProperty("counts").EnumerateArray().Select(c => c.GetInt64())]);
        Check(sif.GetProperty("means"), weighted);
        Check(sif.GetProperty("vectors"), weighted.WithoutCommon(texts));

        void Check(JsonElement expected, SentenceVectors sentences)
        {
            float[] vector = new float[7];
            for (int i = 0; i < texts.Length; i++)
            {
                sentences.Encode(texts[i], vector);
                for (int j = 0; j < 7; j++) Assert.Equal(expected[i][j].GetDouble(), vector[j], 1e-6);
            }
        }
    }

    [Fact]
    public void All_but_the_top_is_numpys()
    {
        using var found = _words.AllButTheTop(2);
        float[] vector = new float[7];
        for (int i = 0; i < found.Count; i++)
        {
            Assert.Equal(_words.Word(i), found.Word(i));
            found.CopyVector(i, vector);
            for (int j = 0; j < 7; j++) Assert.Equal(_answers.GetProperty("allButTheTop")[i][j].GetDouble(), vector[j], 1e-5);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => _words.AllButTheTop(8));
    }

    [Theory]
    [InlineData("king, (queen)!", "king queen")]
    [InlineData("\tKING\u00A0\n queen?", "king queen")]
    [InlineData("king-queen", "king queen")]
    [InlineData("na\u00efve \u6771\u4eac \U0001f389 unheard ...", "na\u00efve \u6771\u4eac \U0001f389")]
    public void Marks_around_and_between_words_do_not_count(string text, string plain)
    {
        var mean = SentenceVectors.Mean(_words);
        float[] x = new float[7], y = new float[7];
        Assert.Equal(mean.Encode(plain, y), mean.Encode(text, x));
        Assert.Equal(y, x);
        double[] sum = new double[7];
        foreach (string word in plain.Split(' '))
        {
            Assert.True(_words.TryGetVector(word, x));
            for (int i = 0; i < 7; i++) sum[i] += x[i];
        }
        for (int i = 0; i < 7; i++) Assert.Equal(sum[i] / plain.Split(' ').Length, y[i], 1e-6);
    }

    [Fact]
    public void A_text_without_a_known_word_is_zeros()
    {
        float[] vector = [.. Enumerable.Repeat(1f, 7)];
        Assert.Equal(0, SentenceVectors.Sif(_words).WithoutCommonOfWords().Encode(" ... unheard ", vector));
        Assert.All(vector, x => Assert.Equal(0, x));
        Assert.Throws<ArgumentException>(() => SentenceVectors.Mean(_words).Encode("king", new float[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SentenceVectors.Sif(_words, 0));
        Assert.Throws<ArgumentException>(() => SentenceVectors.Sif(_words, 1e-3, [1, 2]));
    }

    private static string Golden(string name) => SharedData.Repository($"tests/Kindred.Words.Tests/Golden/{name}");
}
