using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Words.Tests.Files;

/// <summary>gensim itself reads what we write and writes what we read.</summary>
public class GensimRoundTripTests
{
    private static readonly string[] Words = ["the", "king", "naïve", "東京", "москва", "🎉", "rock'n'roll"];

    private const string Script = """
        import json, sys
        import numpy as np
        from gensim.models import KeyedVectors, FastText
        from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
        folder, asked = sys.argv[1], json.loads(sys.argv[2])
        rows = lambda vectors, words: {word: [float(x) for x in vectors.get_vector(word)] for word in words}
        told = {}
        for name, binary in (("ours.vec", False), ("ours.bin", True)):
            vectors = KeyedVectors.load_word2vec_format(folder + "/" + name, binary=binary)
            told[name] = {"words": vectors.index_to_key, "rows": rows(vectors, vectors.index_to_key)}
            vectors.save_word2vec_format(folder + "/theirs-" + name, binary=binary)
        told["ours-subwords.bin"] = {"rows": rows(load_facebook_vectors(folder + "/ours-subwords.bin"), asked)}
        random = np.random.default_rng(1)
        words = told["ours.vec"]["words"]
        model = FastText([[words[i] for i in random.integers(0, len(words), 9)] for _ in range(50)], vector_size=5, min_count=1, epochs=1, bucket=90, min_n=2, max_n=4, workers=1, seed=2)
        save_facebook_model(model, folder + "/theirs-subwords.bin")
        told["theirs-subwords.bin"] = {"rows": rows(model.wv, asked)}
        json.dump(told, sys.stdout)
        """;

    [Fact]
    public void Files_go_there_and_back()
    {
        using var folder = new TempFolder();
        var random = new Random(5);
        using var ours = WordVectors.Create("ours", Words, [.. Enumerable.Range(0, Words.Length * 4).Select(_ => (float)(random.NextDouble() - 0.5))], 4);
        ours.Export(folder.File("ours.vec"), WordVectorFormat.Word2VecText);
        ours.Export(folder.File("ours.bin"), WordVectorFormat.Word2VecBinary);
        string text = string.Concat(Enumerable.Range(0, 400).Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ => Words[random.Next(Words.Length)])) + "\n"));
        var options = new WordTrainingOptions { Dimensions = 6, MinCount = 1, Epochs = 1, MinLength = 2, MaxLength = 4, Buckets = 100, Threads = 1 };
        using (var trainer = WordTrainer.Create("sub", new Corpus(new MemoryStream(Encoding.UTF8.GetBytes(text))), options, cancel: TestContext.Current.CancellationToken))
        {
            trainer.Run(cancel: TestContext.Current.CancellationToken);
            using var trained = trainer.ToWordVectors();
            trained.Export(folder.File("ours-subwords.bin"), WordVectorFormat.FastText);
        }

        string[] asked = [.. Words, "kings", "unseen", "東", "x", "naïveté"];
        var told = Python(folder.File(""), JsonSerializer.Serialize(asked));
        foreach (string name in new[] { "ours.vec", "ours.bin" })
        {
            Assert.Equal(Words, told.GetProperty(name).GetProperty("words").EnumerateArray().Select(w => w.GetString()));
            Same(told.GetProperty(name), ours, 0);
            using var back = WordVectors.Open(folder.File("theirs-" + name));
            Assert.Equal(Words, Enumerable.Range(0, back.Count).Select(back.Word));
            Same(told.GetProperty(name), back, 0);
        }

        foreach (string name in new[] { "ours-subwords.bin", "theirs-subwords.bin" })
        {
            using var vectors = WordVectors.Open(folder.File(name));
            Assert.True(vectors.HasSubwords);
            Same(told.GetProperty(name), vectors, 1e-6);
        }
    }

    private static void Same(JsonElement told, WordVectors vectors, double tolerance)
    {
        float[] found = new float[vectors.Dimensions];
        foreach (var row in told.GetProperty("rows").EnumerateObject())
        {
            float[] expected = [.. row.Value.EnumerateArray().Select(x => (float)x.GetDouble())];
            Assert.Equal(expected.Any(x => x != 0), vectors.TryGetVector(row.Name, found));
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], tolerance);
        }
    }

    private static JsonElement Python(string folder, string asked)
    {
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/gensim"), "gensim is not here (Debian: python3-gensim)");
        using var process = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", "-c", Script, folder, asked]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return JsonDocument.Parse(output).RootElement;
    }
}
