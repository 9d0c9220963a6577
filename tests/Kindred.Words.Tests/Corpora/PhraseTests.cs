using System.Globalization;
using System.Text;
using System.Text.Json;
using Kindred.Words.Corpora;

namespace Kindred.Words.Tests.Corpora;

/// <summary>Answers of gensim 4.2, made by Golden/make_phrases.py.</summary>
public sealed class PhraseTests : IDisposable
{
    private static readonly string Text = Golden("phrases.txt");
    private static readonly PhraseOptions Few = new() { MinCount = 3, Threshold = 20 };
    private readonly JsonElement _answers = JsonDocument.Parse(File.ReadAllBytes(Golden("phrases.json"))).RootElement;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scores_are_gensims_in_the_scale_of_tokens()
    {
        double scale = _answers.GetProperty("tokens").GetDouble() / _answers.GetProperty("entries").GetDouble();
        Check("default", Learn(new Corpus(Text), Few with { Threshold = 2 * scale }), scale);
    }

    [Fact]
    public void Scores_of_word2phrase_are_its() => Check("word2phrase", Learn(new Corpus(Text), Few), 1);

    [Fact]
    public void Normalised_mutual_information_is_gensims() => Check("npmi", Learn(new Corpus(Text), Few with { Scoring = PhraseScoring.Npmi, Threshold = 0.6 }), 1);

    [Fact]
    public void Sentences_are_joined_as_gensim_joins_them()
    {
        var once = Learn(new Corpus(Text), Few);
        var twice = Learn(new Corpus(Text), Few with { Passes = 2 });
        var alsoTwice = Learn(new Corpus(Text) { Phrases = once }, Few);
        Assert.Contains(twice.Items, phrase => phrase.Pass == 2);
        Assert.Equal(twice.Items, alsoTwice.Items);
        string[] lines = [.. File.ReadLines(Text).Take(400)];
        Assert.Equal(Strings("joined"), lines.Select(line => string.Join(' ', once.Join(line.Split(' ')))));
        Assert.Equal(Strings("joinedTwice"), lines.Select(line => string.Join(' ', twice.Join(line.Split(' ')))));
    }

    [Fact]
    public void A_corpus_is_read_joined()
    {
        var twice = Learn(new Corpus(Text), Few with { Passes = 2 });
        string packed = _folder.WritePacked("text.gz", File.ReadAllText(Text));
        foreach (var corpus in (Corpus[])[new Corpus(Text), new Corpus(packed), new Corpus(File.OpenRead(Text))])
        {
            var lines = new List<string>();
            var line = new List<string>();
            (corpus with { Phrases = twice }).Read(token => line.Add(Encoding.UTF8.GetString(token)), () =>
            {
                if (line.Count > 0) lines.Add(string.Join(' ', line));
                line.Clear();
            }, _ => { }, TestContext.Current.CancellationToken);
            Assert.Equal(File.ReadLines(Text).Count(), lines.Count);
            Assert.Equal(Strings("joinedTwice"), lines.Take(400));
        }
    }

    [Fact]
    public void Little_memory_gives_the_same_phrases()
    {
        var news = new Corpus(SharedData.File(Path.Combine("data", "ag-news", "train.tsv.gz")), Tokens.Words);
        var found = Learn(news);
        Assert.Contains(found.Items, phrase => phrase is { First: "prime", Second: "minister" });
        Assert.Equal(found.Items, Learn(news, new PhraseOptions { MemoryBytes = 1 << 20 }).Items);
    }

    [Theory]
    [InlineData(".")]
    [InlineData(",")]
    public void A_table_comes_back_as_it_was(string point)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NumberDecimalSeparator = point;
            CultureInfo.CurrentCulture = culture;
            string text = _folder.Write("t.txt", string.Concat(Enumerable.Repeat("na\u00efve \u6771\u4eac \U0001f389 x na\u00efve \u6771\u4eac y\n", 30)) + File.ReadAllText(Text));
            var phrases = Learn(new Corpus(text), Few with { Passes = 3 });
            phrases.Save(_folder.File("p.tsv"));
            Assert.Equal(phrases.Items, Phrases.Load(_folder.File("p.tsv")).Items);
            Assert.Contains("na\u00efve_\u6771\u4eac", Phrases.Load(_folder.File("p.tsv")).Join(["na\u00efve", "\u6771\u4eac"]));
            Phrases.Load(_folder.File("p.tsv")).Save(_folder.File("q.tsv"));
            Assert.Equal(File.ReadAllBytes(_folder.File("p.tsv")), File.ReadAllBytes(_folder.File("q.tsv")));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("hello\n", 1)]
    [InlineData("H\n1\ta\tb\t3\n", 2)]
    [InlineData("H\n1\ta\tb\t3\t1\t2\n", 2)]
    [InlineData("H\n2\ta\tb\t3\t1\n", 2)]
    [InlineData("H\n0\ta\tb\t3\t1\n", 2)]
    [InlineData("H\n1\ta\tb\t3\t1\n3\ta\tb\t3\t1\n", 3)]
    [InlineData("H\n1\ta\tb\t3\t1\n2\ta\tb\t3\t1\n1\tc\td\t3\t1\n", 4)]
    [InlineData("H\n1\ta\tb\t3\t1\n1\ta\tb\t3\t1\n", 3)]
    [InlineData("H\n1\t\tb\t3\t1\n", 2)]
    [InlineData("H\n1\ta c\tb\t3\t1\n", 2)]
    [InlineData("H\n1\ta\tb\t-3\t1\n", 2)]
    [InlineData("H\n1\ta\tb\t3\t1,5\n", 2)]
    [InlineData("H\n1\ta\tb\t3\tNaN\n", 2)]
    [InlineData("H\n1\ta\tb\t99999999999999999999\t1\n", 2)]
    public void A_broken_table_is_refused_by_line(string text, long line)
    {
        string path = _folder.Write("p.tsv", text.Replace("H\n", "pass\tfirst\tsecond\tcount\tscore\n", StringComparison.Ordinal));
        Assert.Equal(line, Assert.Throws<WordVectorFileException>(() => Phrases.Load(path)).Line);
    }

    [Fact]
    public void Any_bytes_give_a_table_or_the_one_exception()
    {
        Learn(new Corpus(Text), Few with { Threshold = 200 }).Save(_folder.File("p.tsv"));
        byte[] good = File.ReadAllBytes(_folder.File("p.tsv"));
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = i < good.Length && i % 2 == 0 ? good[..i] : [.. good];
            if (i % 2 == 1)
                for (int j = 0; j < 3; j++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Phrases.Load(_folder.Write("x.tsv", bytes));
            }
            catch (WordVectorFileException e)
            {
                Assert.NotNull(e.Line);
            }
        }
    }

    [Fact]
    public void Joining_never_makes_a_token_longer_than_may_be()
    {
        string a = new('a', 600), b = new('b', 600);
        string path = _folder.Write("long.txt", string.Concat(Enumerable.Repeat($"{a} {b} x y z\nq {b} {a}\n", 40)));
        var phrases = Learn(new Corpus(path), new PhraseOptions { MinCount = 1, Threshold = 0 });
        Assert.DoesNotContain(phrases.Items, phrase => phrase.First.Length + phrase.Second.Length > 1024);
        Assert.Equal(["x_y", new string('c', 5000), a], phrases.Join(["x", "y", new string('c', 5000), a]));
    }

    [Fact]
    public void A_stream_an_empty_text_and_settings_out_of_range_are_refused()
    {
        Assert.Contains("more than once", Assert.Throws<WordTrainingException>(() => Learn(new Corpus(new MemoryStream()))).Message, StringComparison.Ordinal);
        Assert.Throws<WordTrainingException>(() => Learn(new Corpus(_folder.Write("e.txt", ""))));
        foreach (var options in (PhraseOptions[])[Few with { MinCount = 0 }, Few with { Threshold = double.NaN }, Few with { Scoring = (PhraseScoring)9 }, Few with { Passes = 9 }, Few with { MemoryBytes = 5 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => Learn(new Corpus(Text), options));
    }

    private static Phrases Learn(Corpus corpus, PhraseOptions? options = null) => Phrases.Learn(corpus, options, null, TestContext.Current.CancellationToken);

    private static string Golden(string name) => SharedData.Repository(Path.Combine("tests", "Kindred.Words.Tests", "Golden", name));

    private string[] Strings(string name) => [.. _answers.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];

    private void Check(string name, Phrases found, double scale)
    {
        var expected = _answers.GetProperty(name).EnumerateArray().ToDictionary(row => (row[0].GetString()!, row[1].GetString()!), row => (row[2].GetInt64(), row[3].GetDouble() * scale));
        Assert.Equal(expected.Keys.Order(), found.Items.Select(phrase => (phrase.First, phrase.Second)).Order());
        foreach (var phrase in found.Items)
        {
            var (count, score) = expected[(phrase.First, phrase.Second)];
            Assert.Equal(count, phrase.Count);
            Assert.Equal(score, phrase.Score, 1e-9 * Math.Abs(score));
            Assert.Equal(1, phrase.Pass);
        }
        Assert.Equal(found.Items.OrderByDescending(phrase => phrase.Score).Select(phrase => phrase.Score), found.Items.Select(phrase => phrase.Score));
    }
}
