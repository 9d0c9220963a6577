using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>The verbs of words.</summary>
public class WordsTests
{
    [Fact]
    public async Task Vectors_go_through_every_form_and_answer_alike()
    {
        using var folder = new Folder();
        string at = folder.Write("tiny.txt", "red 1 0 0\ncrimson 0.9 0.1 0\nsad 0 0 1\n");
        foreach (var (name, form) in new[] { ("a.kwv", "kwv"), ("b.vec", "word2vec"), ("c.bin", "word2vec-binary"), ("d.safetensors", "safetensors") })
        {
            var told = Assert.Single((await KindredCommand.RunAsync("model", "convert", at, folder[name], "--json")).Succeeded().Json);
            Assert.Equal((form, 3, 3), (told.GetProperty("format").GetString(), told.GetProperty("words").GetInt32(), told.GetProperty("dimensions").GetInt32()));
            at = folder[name];
        }
        foreach (string form in new[] { "fasttext", "glove" })
        {
            (await KindredCommand.RunAsync("model", "convert", at, folder["e.any"], "--format", form)).Succeeded();
            Assert.Equal("crimson", Assert.Single((await KindredCommand.RunAsync("neighbors", "red", "-k", "1", "--model", folder["e.any"], "--json")).Succeeded().Json).GetProperty("word").GetString());
        }
        Assert.Contains("--format", (await KindredCommand.RunAsync("model", "convert", at, folder["f.unheard"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("new york", (await KindredCommand.RunAsync("model", "convert", folder.Write("ny.txt", "a 1 2\nnew york 3 4\n"), folder["ny.vec"])).Failure(), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["ny.vec"]));
    }

    [Theory]
    [InlineData("sgns")]
    [InlineData("glove")]
    public async Task Ctrl_C_leaves_usable_vectors_and_resume_ends_with_the_bytes_of_a_training_without_a_stop(string method)
    {
        using var folder = new Folder();
        var random = new Random(1);
        string corpus = folder.Write("corpus.txt", string.Join('\n', Enumerable.Range(0, 15_000).Select(_ => string.Join(' ', Enumerable.Range(0, 20).Select(_ => $"w{(int)(2000 * Math.Pow(random.NextDouble(), 3))}")))));
        foreach (string name in (string[])["whole", "cut"]) Directory.CreateDirectory(folder[name]);
        string[] Training(string name, params string[] more) => ["train", "words", "--corpus", corpus, "--method", method, "--dim", "64", "--epochs", method == "glove" ? "20" : "8", "--threads", "1", "--out", folder[name], .. more];
        (await KindredCommand.RunAsync(Training("whole/x.kwv"))).Succeeded();
        Assert.False(File.Exists(folder["whole/x.kwv.state"]));

        // a stop may come too early, while the text is read, or too late: another try is made
        int tries = 0;
        for (double seconds = 1; !File.Exists(folder["cut/x.kwv.state"]); seconds = File.Exists(folder["cut/x.kwv"]) ? 0.8 * seconds : 1.3 * seconds)
        {
            Assert.True(++tries <= 20, "no signal of twenty came while it trained; is SIGINT ignored here?");
            File.Delete(folder["cut/x.kwv"]);
            using var process = KindredCommand.Start(Training("cut/x.kwv"));
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
            Signals.Send(process.Id, "-INT");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (!File.Exists(folder["cut/x.kwv.state"])) continue;
            Assert.Equal(1, process.ExitCode);
            Assert.Contains("--resume goes on", Assert.Single((await errors).Trim().Split('\n')), StringComparison.Ordinal);
        }

        Assert.Single((await KindredCommand.RunAsync("neighbors", "w0", "-k", "1", "--model", folder["cut/x.kwv"], "--json")).Succeeded().Json);
        Assert.NotEqual(File.ReadAllBytes(folder["whole/x.kwv"]), File.ReadAllBytes(folder["cut/x.kwv"]));
        (await KindredCommand.RunAsync(Training("cut/x.kwv", "--resume"))).Succeeded();
        Assert.Equal(File.ReadAllBytes(folder["whole/x.kwv"]), File.ReadAllBytes(folder["cut/x.kwv"]));
        Assert.False(File.Exists(folder["cut/x.kwv.state"]));
    }

    [Fact]
    public async Task Words_are_measured_by_pairs_and_by_analogies()
    {
        using var folder = new Folder();
        string pairs = folder.Write("pairs.tsv", "word1\tword2\tscore\nking\tqueen\t8\nking\tcarrot\t1\ncat\tdog\t7.5\nzzz\tdog\t3\n");
        string questions = folder.Write("q.txt", ": family\nking queen man woman\nking queen zzz woman\n: gram1\ngood better big bigger\n");
        var lines = (await KindredCommand.RunAsync("eval", "words", "--similarity", pairs, "--analogies", questions, "--json")).Succeeded().Json;
        Assert.Equal(["spearman", "pearson", "accuracy:family", "accuracy:gram1", "accuracy:semantic", "accuracy:syntactic", "accuracy"], lines.Select(l => l.GetProperty("metric").GetString()));
        Assert.Equal([(3, 1), (3, 1), (1, 1), (1, 0), (1, 1), (1, 0), (2, 1)], lines.Select(l => (l.GetProperty("n").GetInt32(), l.GetProperty("missing").GetInt32())));
        Assert.All(lines[2..], l => Assert.Equal(1, l.GetProperty("value").GetDouble()));
        Assert.Equal(JsonValueKind.Null, (await KindredCommand.RunAsync("eval", "words", "--analogies", questions, "--top", "1", "--mul", "--json")).Succeeded().Json[^1].GetProperty("value").ValueKind);
        (await KindredCommand.RunAsync("eval", "words")).Failure(2);
        Assert.Contains("line 2", (await KindredCommand.RunAsync("eval", "words", "--analogies", folder.Write("bad.txt", "a b c d\na b c\n"))).Failure(), StringComparison.Ordinal);
        Assert.Contains("line 2", (await KindredCommand.RunAsync("eval", "words", "--similarity", folder.Write("bad.tsv", "word1\tword2\tscore\na\tb\tx\n"))).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_odd_word_comes_first_and_products_find_the_queen()
    {
        Assert.Equal("cereal", (await KindredCommand.RunAsync("doesnt-match", "breakfast", "cereal", "dinner", "lunch", "--json")).Succeeded().Json[0].GetProperty("word").GetString());
        Assert.Equal("queen", (await KindredCommand.RunAsync("analogy", "king", "-", "man", "+", "woman", "--mul", "-k", "1", "--json")).Succeeded().Json[0].GetProperty("word").GetString());
    }

    [Fact]
    public async Task Word_vectors_serve_texts()
    {
        var lines = (await KindredCommand.RunAsync("similarity", "A man plays a guitar", "Someone is playing an instrument", "The market fell on Monday", "--model", "glove", "--json")).Succeeded().Json;
        Assert.True(lines[0].GetProperty("score").GetDouble() > lines[1].GetProperty("score").GetDouble() + 0.2);
        var embedded = (await KindredCommand.RunAsync("embed", "the cat", "zzxxy", "--model", "glove", "--json")).Succeeded();
        Assert.Equal(1, embedded.Json[0].GetProperty("vector").EnumerateArray().Sum(x => x.GetDouble() * x.GetDouble()), 1e-5);
        Assert.Contains("1 of 2 texts holds no word", Assert.Single(embedded.Errors), StringComparison.Ordinal);
        using var folder = new Folder();
        string sts = folder.Write("s.tsv", "score\tsentence1\tsentence2\n5\ta man plays\ta man is playing\n0\ta man plays\tthe market fell\n3\ta cat\ta dog\n");
        Assert.Equal(["spearman", "pearson"], (await KindredCommand.RunAsync("eval", "sts", sts, "--model", "glove", "--json")).Succeeded().Json.Select(l => l.GetProperty("metric").GetString()));
    }
}
