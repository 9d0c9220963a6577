using System.Diagnostics;
using System.Globalization;
using Kindred.Words.FastText;

namespace Kindred.Words.Tests.Files;

/// <summary>Text classifiers beside fastText's own command: each reads what the other made.</summary>
public class FastTextClassifierTests
{
    private static readonly string[] Weather = ["rain", "snow", "wind", "größe", "storm"], Money = ["bank", "loan", "bill", "coin", "цена"];

    [Theory]
    [InlineData("-dim 8", "")]
    [InlineData("-dim 9 -bucket 300 -minn 2 -maxn 4 -wordNgrams 3", "")]
    [InlineData("-dim 8 -loss ova -wordNgrams 2 -bucket 200", "")]
    [InlineData("-dim 8 -loss ns -wordNgrams 2 -bucket 200", "")]
    [InlineData("-dim 8 -bucket 500 -minn 2 -maxn 3 -wordNgrams 2", "-qnorm -cutoff 300")]
    public void Predictions_of_a_file_of_the_command_are_those_of_the_command(string options, string quantize)
    {
        using var folder = new TempFolder();
        string[] texts = Texts(300, 1, out string[] labels);
        File.WriteAllLines(folder.File("train.txt"), texts.Zip(labels, (t, l) => $"__label__{l} {t}"));
        Run($"supervised -input {folder.File("train.txt")} -output {folder.File("m")} -epoch 10 -lr 0.5 -thread 1 -verbose 0 {options}");
        string file = folder.File("m.bin");
        if (quantize.Length > 0)
        {
            Run($"quantize -input {folder.File("train.txt")} -output {folder.File("m")} -thread 1 -verbose 0 {quantize}");
            file = folder.File("m.ftz");
        }

        string[] asked = [.. Texts(40, 2, out _), "unheard words only", "rain", "  two   blanks ", "größer цены"];
        File.WriteAllLines(folder.File("asked.txt"), asked);
        string[] theirs = Run($"predict-prob {file} {folder.File("asked.txt")} -1").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var ours = FastTextClassifier.Open(file);
        float[] probabilities = new float[ours.Labels.Count];
        for (int i = 0; i < asked.Length; i++)
        {
            ours.Predict(asked[i], probabilities);
            string[] parts = theirs[i].Split(' ');
            for (int p = 0; p < parts.Length; p += 2)
            {
                int label = ours.Labels.ToList().IndexOf(parts[p]["__label__".Length..]);
                Assert.Equal(float.Parse(parts[p + 1], CultureInfo.InvariantCulture), probabilities[label], options.Contains("-loss", StringComparison.Ordinal) ? 9e-3f : 1e-3f);   // theirs takes the sigmoid from a table
            }
        }
    }

    [Fact]
    public void The_command_reads_what_we_trained_and_says_the_same()
    {
        using var folder = new TempFolder();
        string[] texts = Texts(300, 1, out string[] labels), asked = Texts(100, 2, out string[] due);
        using (var trained = FastTextClassifier.Train(texts, labels, new FastTextClassifierOptions { Buckets = 1000, Dimensions = 10 }, TestContext.Current.CancellationToken)) trained.Save(folder.File("m.bin"));
        using var ours = FastTextClassifier.Open(folder.File("m.bin"));
        File.WriteAllLines(folder.File("asked.txt"), asked);
        string[] theirs = Run($"predict {folder.File("m.bin")} {folder.File("asked.txt")}").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        float[] p = new float[2];
        string[] said = [.. asked.Select(a =>
        {
            ours.Predict(a, p);
            return ours.Labels[Array.IndexOf(p, p.Max())];
        })];
        Assert.Equal(theirs, said.Select(s => "__label__" + s));
        Assert.InRange(said.Zip(due).Count(s => s.First == s.Second), 97, 100);
    }

    [Fact]
    public void The_same_texts_give_the_same_bytes()
    {
        using var folder = new TempFolder();
        string[] texts = Texts(50, 1, out string[] labels);
        foreach (string name in (string[])["a", "b"])
        {
            using var trained = FastTextClassifier.Train(texts, labels, new FastTextClassifierOptions { Buckets = 100, Epochs = 2 }, TestContext.Current.CancellationToken);
            trained.Save(folder.File(name));
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
    }

    [Fact]
    public void What_is_no_classifier_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllLines(folder.File("c.txt"), Texts(100, 1, out _));
        Run($"skipgram -input {folder.File("c.txt")} -output {folder.File("v")} -dim 4 -bucket 10 -minCount 1 -thread 1 -verbose 0");
        Assert.Contains("no classifier", Assert.Throws<WordVectorFileException>(() => FastTextClassifier.Open(folder.File("v.bin"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FastTextClassifier.Train(["a", "b"], ["x", "x"], null, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => FastTextClassifier.Train(["a", "b"], ["x", ""], null, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => FastTextClassifier.Train(["a", "b"], ["x"], null, TestContext.Current.CancellationToken));
    }

    private static string[] Texts(int count, int seed, out string[] labels)
    {
        var random = new Random(seed);
        labels = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? "wetter" : "geld")];
        return [.. labels.Select(l => string.Join(' ', Enumerable.Range(0, 5).Select(j => j % 2 == 0 ? "the" : (l == "wetter" ? Weather : Money)[random.Next(5)])))];
    }

    private static string Run(string arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fasttext"), "the command fasttext is not here (Debian: fasttext)");
        ProcessStartInfo start = new("/usr/bin/fasttext", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = System.Text.Encoding.UTF8 };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
