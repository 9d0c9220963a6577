using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kindred.Words.FastText;

namespace Kindred.Words.Tests.Files;

/// <summary>fastText's own command makes the models and says what each word's vector is.</summary>
public class FastTextCommandTests
{
    private static readonly string[] Listed = ["the", "cat", "sat", "on", "mat", "dog", "ran", "fast", "naïve", "größe", "日本語", "москва", "house", "houses", "housing", "🎉", "cafe\u0301"];
    private static readonly string[] Unlisted = ["cats", "THE", "housed", "unheard", "日本", "москвы", "🎉🎉", "e\u0301", "a", "ab", "größenwahn", new string('x', 300)];

    [Theory]
    [InlineData("skipgram", "-dim 10 -bucket 500")]
    [InlineData("cbow", "-dim 7 -bucket 300 -minn 1 -maxn 4")]
    [InlineData("skipgram", "-dim 19 -bucket 100 -minn 2 -maxn 2 -loss hs")]
    [InlineData("skipgram", "-dim 9 -maxn 0")]
    [InlineData("supervised", "-dim 8 -bucket 400 -minn 2 -maxn 3 -wordNgrams 2")]
    [InlineData("supervised", "-dim 8")]
    public void Word_vectors_are_those_of_the_command_and_the_file_is_written_as_it_was(string method, string options)
    {
        using var folder = new TempFolder();
        string corpus = Corpus(folder);
        Run($"{method} -input {corpus} -output {folder.File("m")} -epoch 2 -thread 1 -minCount 1 -verbose 0 {options}");
        using var vectors = WordVectors.Open(folder.File("m.bin"));
        Compare(vectors, folder.File("m.bin"));

        FastTextModel model;
        using (var file = File.OpenRead(folder.File("m.bin"))) model = FastTextFile.Read(folder.File("m.bin"), file, withOutput: true);
        using (model)
        {
            Assert.Equal(["__label__0", "__label__1"], model.Labels.Order());
            FastTextFile.Write(folder.File("again.bin"), model);
        }
        Assert.Equal(File.ReadAllBytes(folder.File("m.bin")), File.ReadAllBytes(folder.File("again.bin")));

        if (method == "supervised") return;   // its .vec has words that the .bin's n-grams change
        using var text = WordVectors.Open(folder.File("m.vec"));
        Assert.Equal(vectors.Count, text.Count);
        float[] x = new float[text.Dimensions], y = new float[text.Dimensions];
        for (int i = 0; i < text.Count; i++)
        {
            Assert.Equal(text.Word(i), vectors.Word(i));
            text.CopyVector(i, x);
            vectors.CopyVector(i, y);
            CheckDigits(x, y);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-qnorm")]
    [InlineData("-cutoff 300 -qnorm")]
    [InlineData("-cutoff 400")]
    [InlineData("-qout -dsub 3")]
    public void A_quantised_model_reads_as_the_command_reads_it(string options)
    {
        using var folder = new TempFolder();
        string corpus = Corpus(folder, labels: 300);
        Run($"supervised -input {corpus} -output {folder.File("m")} -dim 10 -bucket 400 -minn 2 -maxn 3 -epoch 2 -thread 1 -verbose 0");
        Run($"quantize -input {corpus} -output {folder.File("m")} -verbose 0 {options}");
        using var vectors = WordVectors.Open(folder.File("m.ftz"));
        Compare(vectors, folder.File("m.ftz"));
        using var file = File.OpenRead(folder.File("m.ftz"));
        using var model = FastTextFile.Read(folder.File("m.ftz"), file, withOutput: true);
        Assert.Equal(300, model.Output!.Count);
        if (model.Pruned is null)
        {
            vectors.Export(folder.File("wide.bin"), WordVectorFormat.FastText);
            Compare(vectors, folder.File("wide.bin"));
        }
        else
        {
            Assert.Contains("pruned", Assert.Throws<ArgumentException>(() => vectors.Export(folder.File("wide.bin"), WordVectorFormat.FastText)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_command_reads_what_we_write()
    {
        using var folder = new TempFolder();
        using (var plain = WordVectors.Create("plain", ["king", "größe", "日本語"], [0.5f, -2, 1e-5f, 3, 4, 5, 6, 7, 8], 3))
        {
            plain.Export(folder.File("plain.bin"), WordVectorFormat.FastText);
            Compare(plain, folder.File("plain.bin"));
            Assert.Contains("größe", Run($"nn {folder.File("plain.bin")} 2", "king\n"), StringComparison.Ordinal);
        }
        using var again = WordVectors.Open(folder.File("plain.bin"));
        Assert.False(again.HasSubwords);
        Assert.Equal(["king", "größe", "日本語"], Enumerable.Range(0, 3).Select(again.Word));

        Run($"skipgram -input {Corpus(folder)} -output {folder.File("m")} -dim 10 -bucket 500 -epoch 1 -thread 1 -minCount 1 -verbose 0");
        using var vectors = WordVectors.Open(folder.File("m.bin"));
        vectors.Export(folder.File("copy.bin"), WordVectorFormat.FastText);
        Compare(vectors, folder.File("copy.bin"));
    }

    private static string Corpus(TempFolder folder, int labels = 2)
    {
        var random = new Random(4);
        var text = new StringBuilder();
        for (int i = 0; i < 700; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"__label__{i % labels}");
            for (int j = 0; j < 9; j++) text.Append(' ').Append(Listed[random.Next(Listed.Length)]);
            text.Append('\n');
        }
        return folder.Write("corpus.txt", text.ToString());
    }

    /// <summary>The command prints five digits.</summary>
    private static void Compare(WordVectors vectors, string model)
    {
        string[] asked = [.. Listed, .. Unlisted, "</s>"];
        string[] lines = Run($"print-word-vectors {model}", string.Join('\n', asked) + "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(asked.Length, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(asked[i], fields[0]);
            float[] expected = [.. fields[1..].Select(number => float.Parse(number, CultureInfo.InvariantCulture))];
            float[] found = new float[vectors.Dimensions];
            bool known = vectors.TryGetVector(asked[i], found);
            // models without n-grams also take small letters for a word that is not listed
            if (!vectors.HasSubwords && asked[i] == "THE") continue;
            if (!known) Assert.All(expected, x => Assert.Equal(0, x));
            CheckDigits(expected, found);
        }
    }

    private static void CheckDigits(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int j = 0; j < expected.Length; j++) Assert.Equal(expected[j], found[j], 1e-7 + (0.00006 * Math.Abs(expected[j])));
    }

    private static string Run(string arguments, string input = "")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fasttext"), "the command fasttext is not here (Debian: fasttext)");
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/fasttext", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"fasttext {arguments}: {errors.Result}");
        return output;
    }
}
