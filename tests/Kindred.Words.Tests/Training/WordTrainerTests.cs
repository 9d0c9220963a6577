using System.Text;
using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Words.Tests.Training;

public class WordTrainerTests
{
    private const int Topics = 8, WordsPerTopic = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<WordTrainingMethod, bool, int> Networks => new()
    {
        { WordTrainingMethod.SkipGram, false, 0 }, { WordTrainingMethod.SkipGram, true, 0 }, { WordTrainingMethod.Cbow, false, 0 },
        { WordTrainingMethod.Cbow, true, 0 }, { WordTrainingMethod.SkipGram, false, 4 }, { WordTrainingMethod.Cbow, false, 4 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Words_that_come_together_are_near(WordTrainingMethod method, bool tree, int maxLength)
    {
        using var trainer = WordTrainer.Create("topics", Text(6000), Options(method, tree, maxLength) with { Threads = 2, LearningRate = tree ? 0.1 : null }, cancel: Cancel);
        var losses = new List<double>();
        trainer.Run(progress => losses.Add(progress.Loss), Cancel);
        using var vectors = trainer.ToWordVectors();
        int right = 0;
        for (int topic = 0; topic < Topics; topic++)
            for (int word = 0; word < WordsPerTopic; word++)
                if (vectors.Neighbors(Word(topic, word), 5).All(near => near.Word.StartsWith(Word(topic, 0)[..3], StringComparison.Ordinal))) right++;
        Assert.InRange(right, 0.95 * Topics * WordsPerTopic, Topics * WordsPerTopic);
        Assert.True(trainer.IsComplete);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
    }

    [Fact]
    public void A_stop_after_the_last_block_stops_nothing()
    {
        using var trainer = WordTrainer.Create("topics", Text(1000), Options(WordTrainingMethod.SkipGram, false, 0) with { Threads = 1 }, cancel: Cancel);
        using var late = new CancellationTokenSource();
        trainer.Run(progress => { if (progress.Tokens == progress.Of) late.Cancel(); }, late.Token);
        Assert.True(late.IsCancellationRequested && trainer.IsComplete);
    }

    [Fact]
    public void The_last_report_has_a_loss_of_a_small_corpus_too()
    {
        // most tokens of words so common are left out, and of the steps that stay one in 64 is looked at
        var corpus = new Corpus(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a bell rings at noon\n", 20)))));
        using var trainer = WordTrainer.Create("few", corpus, Options(WordTrainingMethod.SkipGram, false, 0) with { Threads = 1, Sample = 1e-3, Epochs = 5 }, cancel: Cancel);
        var losses = new List<double>();
        trainer.Run(progress => losses.Add(progress.Loss), Cancel);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void One_thread_and_a_seed_give_the_same_bytes_and_a_stop_changes_nothing(WordTrainingMethod method, bool tree, int maxLength)
    {
        using var folder = new TempFolder();
        var options = Options(method, tree, maxLength) with { Threads = 1, Epochs = 2 };
        float[] whole = Train(WordTrainer.Create("a", Text(6000), options, cancel: Cancel));
        Assert.Equal(whole, Train(WordTrainer.Create("a", Text(6000), options, cancel: Cancel)));
        Assert.NotEqual(whole, Train(WordTrainer.Create("a", Text(6000), options with { Seed = 2 }, cancel: Cancel)));

        string state = folder.File("a.state");
        using (var stopped = WordTrainer.Create("a", Text(6000), options, cancel: Cancel))
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => stopped.Run(_ => stop.Cancel(), stop.Token));
            Assert.False(stopped.IsComplete);
            stopped.ToWordVectors().Dispose();
            stopped.Save(state);
        }
        Assert.Equal(whole, Train(WordTrainer.Resume("a", Text(6000), state, threads: 1, cancel: Cancel)));
        Assert.Throws<WordTrainingException>(() => WordTrainer.Resume("a", Text(5000), state, threads: 1, cancel: Cancel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void New_text_adds_words_and_leaves_what_was_learnt(int maxLength)
    {
        using var folder = new TempFolder();
        string state = folder.File("a.state");
        var options = Options(WordTrainingMethod.SkipGram, false, maxLength) with { Epochs = 8 };
        using (var first = WordTrainer.Create("a", Text(6000), options, cancel: Cancel))
        {
            first.Run(null, Cancel);
            first.Save(state);
        }
        string more = string.Concat(Enumerable.Repeat($"novel {Word(3, 1)} {Word(3, 2)} novel {Word(3, 4)}\n", 3000));
        Corpus More() => new(new MemoryStream(Encoding.UTF8.GetBytes(more)));
        using (var stopped = WordTrainer.Update("a", More(), state, options with { Epochs = 2, Threads = 1 }, cancel: Cancel))
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => stopped.Run(_ => stop.Cancel(), stop.Token));
            stopped.Save(folder.File("stopped.state"));
        }
        Assert.Equal(
            Train(WordTrainer.Update("a", More(), state, options with { Epochs = 2, Threads = 1 }, cancel: Cancel)),
            Train(WordTrainer.Resume("a", More(), folder.File("stopped.state"), threads: 1, cancel: Cancel)));
        using var second = WordTrainer.Update("a", More(), state, options with { Epochs = 2 }, cancel: Cancel);
        Assert.Equal((Topics * WordsPerTopic) + 1, second.Vocabulary);
        second.Run(null, Cancel);
        using var vectors = second.ToWordVectors();
        Assert.Contains(vectors.Neighbors("novel", 5), near => near.Word.StartsWith(Word(3, 0)[..3], StringComparison.Ordinal));
        Assert.StartsWith(Word(5, 0)[..3], vectors.Neighbors(Word(5, 7), 1)[0].Word, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WordTrainingMethod.Document, false)]
    [InlineData(WordTrainingMethod.DocumentMemory, false)]
    [InlineData(WordTrainingMethod.Document, true)]
    public void Documents_of_a_topic_are_near_and_a_new_one_finds_its_place(WordTrainingMethod method, bool tree)
    {
        using var folder = new TempFolder();
        var options = Options(method, tree, 0) with { Epochs = 30, Threads = 1 };
        using var trainer = WordTrainer.Create("a", Text(1200), options, cancel: Cancel);
        trainer.Run(null, Cancel);
        Assert.Equal(1200, trainer.Documents);
        int[] topics = Lines(1200).Select(line => line[0] - 'a').ToArray();
        float[][] vectors = [.. Enumerable.Range(0, 1200).Select(i => Copy(i, trainer))];
        int right = Enumerable.Range(0, 300).Count(i => topics[Nearest(vectors[i], i)] == topics[i]);
        Assert.InRange(right, 255, 300);   // by chance 38

        float[] fresh = new float[20];
        trainer.InferDocument([Word(2, 1), Word(2, 3), "unheard", Word(2, 5), Word(2, 7), Word(2, 2), Word(2, 9)], fresh);
        Assert.Equal(2, topics[Nearest(fresh, -1)]);
        trainer.InferDocument(["unheard"], fresh);
        Assert.All(fresh, x => Assert.Equal(0, x));

        trainer.Save(folder.File("a.state"));
        using var again = WordTrainer.Resume("a", Text(1200), folder.File("a.state"), threads: 1, cancel: Cancel);
        Assert.Equal(vectors[7], Copy(7, again));
        Assert.Throws<WordTrainingException>(() => WordTrainer.Update("a", Text(1200), folder.File("a.state"), options, cancel: Cancel));

        int Nearest(float[] to, int without) => Enumerable.Range(0, 1200).Where(j => j != without).MaxBy(j => Kindred.Vectors.Metrics.Metric.Cosine(to, vectors[j]));

        static float[] Copy(int document, WordTrainer trainer)
        {
            float[] vector = new float[20];
            trainer.CopyDocument(document, vector);
            return vector;
        }
    }

    [Fact]
    public void A_line_without_words_is_a_document_too()
    {
        using var trainer = WordTrainer.Create("a", new Corpus(new MemoryStream("a a a\n\nrare\na a\n"u8.ToArray())), Options(WordTrainingMethod.Document, false, 0) with { MinCount = 2 }, cancel: Cancel);
        trainer.Run(null, Cancel);
        Assert.Equal(4, trainer.Documents);
    }

    [Fact]
    public void A_tree_cannot_be_updated()
    {
        using var folder = new TempFolder();
        using (var first = WordTrainer.Create("a", Text(2000), Options(WordTrainingMethod.SkipGram, true, 0), cancel: Cancel)) first.Save(folder.File("a.state"));
        Assert.Throws<WordTrainingException>(() => WordTrainer.Update("a", Text(2000), folder.File("a.state"), new WordTrainingOptions(), cancel: Cancel));
    }

    [Fact]
    public void A_rate_that_is_too_high_is_told()
    {
        using var trainer = WordTrainer.Create("a", Text(6000), Options(WordTrainingMethod.SkipGram, false, 0) with { LearningRate = 10, Epochs = 50 }, cancel: Cancel);
        Assert.Contains("lower the learning rate", Assert.Throws<WordTrainingException>(() =>
        {
            trainer.Run(null, Cancel);
            trainer.ToWordVectors();
        }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_state_is_told()
    {
        using var folder = new TempFolder();
        string path = folder.File("a.state");
        using (var trainer = WordTrainer.Create("a", Text(20), Options(WordTrainingMethod.SkipGram, false, 0) with { Dimensions = 3, MinCount = 1 }, cancel: Cancel)) trainer.Save(path);
        byte[] good = File.ReadAllBytes(path);
        for (int cut = 0; cut < good.Length; cut += 1 + (cut / 50)) Refused(good[..cut]);
        Refused([.. good, 0]);
        for (int at = 0; at < good.Length; at += 1 + (at / 80))
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x81;
            Refused(bad);
        }

        void Refused(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            Assert.Throws<WordVectorFileException>(() => WordTrainer.Resume("a", Text(20), path, threads: 1, cancel: Cancel));
        }
    }

    [Theory]
    [InlineData("dim")]
    [InlineData("window")]
    [InlineData("rate")]
    [InlineData("threads")]
    [InlineData("sample")]
    public void A_setting_out_of_range_is_named(string which)
    {
        var options = which switch
        {
            "dim" => new WordTrainingOptions { Dimensions = 0 },
            "window" => new WordTrainingOptions { Window = 101 },
            "rate" => new WordTrainingOptions { LearningRate = double.NaN },
            "threads" => new WordTrainingOptions { Threads = 0 },
            _ => new WordTrainingOptions { Sample = -1 },
        };
        Assert.Contains(which, Assert.Throws<ArgumentOutOfRangeException>(() => WordTrainer.Create("a", Text(20), options, cancel: Cancel)).ParamName!.Replace("Dimensions", "dim", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    private static WordTrainingOptions Options(WordTrainingMethod method, bool tree, int maxLength) =>
        new() { Method = method, HierarchicalSoftmax = tree, MaxLength = maxLength, Buckets = 5000, Dimensions = 20, Epochs = 4, Sample = 0 };

    private static float[] Train(WordTrainer trainer)
    {
        using (trainer)
        {
            trainer.Run(null, Cancel);
            using var vectors = trainer.ToWordVectors();
            float[] all = new float[vectors.Count * vectors.Dimensions];
            for (int i = 0; i < vectors.Count; i++) vectors.CopyVector(i, all.AsSpan(i * vectors.Dimensions, vectors.Dimensions));
            return all;
        }
    }

    private static Corpus Text(int lines) => new(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Lines(lines)))));

    // each line draws its words from one topic
    private static List<string> Lines(int lines)
    {
        var random = new Random(1);
        var text = new List<string>();
        for (int i = 0; i < lines; i++)
        {
            int topic = random.Next(Topics);
            text.Add(string.Join(' ', Enumerable.Range(0, 10).Select(_ => Word(topic, random.Next(WordsPerTopic)))) + "\n");
        }
        return text;
    }

    private static string Word(int topic, int word) => $"{(char)('a' + topic)}{(char)('k' + topic)}{(char)('q' + topic)}{(char)('a' + word)}";
}
