using System.Text.Json;

namespace Kindred.Words.Tests.Files;

/// <summary>Files and answers of gensim 4.2, made by Golden/make.py.</summary>
public sealed class GensimTests : IDisposable
{
    private readonly JsonElement _answers = JsonDocument.Parse(File.ReadAllBytes(Golden("answers.json"))).RootElement;
    private readonly WordVectors _vectors = WordVectors.Open(Golden("gensim-words.bin"));

    public void Dispose() => _vectors.Dispose();

    [Theory]
    [InlineData("gensim-words.txt")]
    [InlineData("gensim-words.bin")]
    public void Its_word2vec_files_hold_the_same_floats(string name)
    {
        using var vectors = WordVectors.Open(Golden(name));
        Assert.Equal("gensim-words", vectors.Name);
        Assert.False(vectors.HasSubwords);
        Assert.Equal(Strings(_answers.GetProperty("words")), Enumerable.Range(0, vectors.Count).Select(vectors.Word));
        var rows = _answers.GetProperty("rows");
        for (int i = 0; i < vectors.Count; i++) Assert.Equal(Floats(rows[i]), Vector(vectors, vectors.Word(i)));
    }

    [Fact]
    public void Ours_written_as_text_equals_its_byte_for_byte()
    {
        using var folder = new TempFolder();
        _vectors.Export(folder.File("w.txt"), WordVectorFormat.Word2VecText);
        Assert.Equal(File.ReadAllText(Golden("gensim-words.txt")), File.ReadAllText(folder.File("w.txt")));
    }

    [Fact]
    public void Its_pickle_is_refused_with_the_way_to_convert_it()
    {
        var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(Golden("gensim-words.kv")));
        // this very line was run: it makes a file equal to gensim-words.bin
        Assert.Contains("python3 -c \"from gensim.utils import SaveLoad; m = SaveLoad.load('gensim-words.kv'); getattr(m, 'wv', m).save_word2vec_format('gensim-words.bin', binary=True)\"", error.Message, StringComparison.Ordinal);
        using var folder = new TempFolder();
        Assert.Contains("numpy", Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("m.kv.vectors.npy", [0x93, .. "NUMPY\u0001\0"u8]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Similarities_and_neighbours_are_its()
    {
        string[] words = Strings(_answers.GetProperty("words"));
        for (int i = 0; i < words.Length; i++)
        {
            for (int j = 0; j < words.Length; j++) Assert.Equal(_answers.GetProperty("similarity")[i][j].GetDouble(), _vectors.Similarity(words[i], words[j]), 1e-6);
            Check(_answers.GetProperty("neighbors").GetProperty(words[i]), _vectors.Neighbors(words[i], 5), 1e-6);
        }
    }

    [Fact]
    public void Analogies_by_sum_and_by_product_are_its()
    {
        Check(_answers.GetProperty("add"), _vectors.Analogy(["king", "woman"], ["man"], 5), 1e-6);
        var found = _vectors.Analogy(["king", "woman"], ["man"], 5, AnalogyRule.Multiply);
        // gensim takes 0.000001 where the paper has 0.001
        double man = (1 + _vectors.Similarity("man", "queen")) / 2;
        Assert.Equal("queen", found[0].Word);
        Assert.Equal(_answers.GetProperty("mul")[0][1].GetDouble() * (man + 1e-6) / (man + 1e-3), found[0].Score, 1e-5);
        Assert.Equal(_answers.GetProperty("mul").EnumerateArray().Select(hit => hit[0].GetString()), found.Select(hit => hit.Word));
    }

    [Fact]
    public void What_does_not_match_is_its()
    {
        foreach (var group in _answers.GetProperty("odd").EnumerateArray())
        {
            var found = _vectors.DoesntMatch(Strings(group[0]));
            Assert.Equal(group[1].GetString(), found[0].Word);
            foreach (var ranked in group[2].EnumerateArray()) Assert.Equal(ranked[1].GetDouble(), found.Single(hit => hit.Word == ranked[0].GetString()).Score, 1e-6);
        }
    }

    [Fact]
    public void Its_fastText_model_gives_the_same_vectors_for_known_and_unknown_words()
    {
        using var vectors = WordVectors.Open(Golden("gensim-fasttext.bin"));
        Assert.True(vectors.HasSubwords);
        foreach (var word in _answers.GetProperty("subwords").EnumerateObject())
        {
            float[] expected = Floats(word.Value), found = new float[6];
            Assert.Equal(expected.Any(x => x != 0), vectors.TryGetVector(word.Name, found));
            for (int i = 0; i < 6; i++) Assert.Equal(expected[i], found[i], 1e-7);
        }
        Assert.Equal(1, vectors.Similarity("unseen", "unseen"), 1e-6);
        Assert.Equal(12, vectors.Neighbors("unseen", 50).Count);
        Assert.Equal(11, vectors.Neighbors("king", 50).Count);
    }

    private static string Golden(string name) => SharedData.Repository($"tests/Kindred.Words.Tests/Golden/{name}");

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(item => (float)item.GetDouble())];

    private static float[] Vector(WordVectors vectors, string word)
    {
        float[] vector = new float[vectors.Dimensions];
        Assert.True(vectors.TryGetVector(word, vector));
        return vector;
    }

    private static void Check(JsonElement expected, IReadOnlyList<WordNeighbor> found, double tolerance)
    {
        Assert.Equal(expected.EnumerateArray().Select(hit => hit[0].GetString()), found.Select(hit => hit.Word));
        for (int i = 0; i < found.Count; i++) Assert.Equal(expected[i][1].GetDouble(), found[i].Score, tolerance);
    }
}
