using Kindred.Words.Corpora;
using Kindred.Words.Training;

namespace Kindred.Words.Tests.Training;

public sealed class GloveTests : IDisposable
{
    private static readonly string Text = SharedData.Repository(Path.Combine("tests", "Kindred.Words.Tests", "Golden", "phrases.txt"));
    private static readonly GloveOptions Small = new() { Dimensions = 20, Window = 5, MinCount = 3, Epochs = 3, Threads = 1, MemoryBytes = 1 << 20 };
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1 << 20, 1, 10)]
    [InlineData(1 << 20, 2, 10)]
    [InlineData(64 << 20, 1, 4)]
    [InlineData(64 << 20, 3, 15)]
    public void Cooccurrences_are_those_of_a_plain_count(long memory, int threads, int window)
    {
        var lines = File.ReadAllLines(Text).Select(line => line.Split(' ')).ToList();
        var known = lines.SelectMany(line => line).GroupBy(word => word).Where(group => group.Count() >= 2).Select(group => group.Key).ToHashSet();
        var expected = new Dictionary<(string, string), double>();
        foreach (string[] line in lines)
        {
            string[] words = [.. line.Where(known.Contains)];
            for (int i = 0; i < words.Length; i++)
            {
                for (int j = 0; j < words.Length; j++)
                {
                    if (i == j || Math.Abs(i - j) > window) continue;
                    expected[(words[i], words[j])] = expected.GetValueOrDefault((words[i], words[j])) + (1.0 / Math.Abs(i - j));
                }
            }
        }

        using var corpus = EncodedCorpus.Read(new Corpus(Text), 2, [], null, TestContext.Current.CancellationToken);
        using var records = GloveCounter.Count(corpus, window, memory, threads, seed: 7, progress: null, TestContext.Current.CancellationToken, out int spills);

        Assert.True(memory > 1 << 20 ? spills <= threads : spills > 2 * threads, $"{spills} runs");
        Assert.Equal(expected.Count, records.Entries);
        var pairs = Read(records);
        Assert.Equal(expected.Count, pairs.Sum(pair => pair.First == pair.Second ? 1 : 2));
        foreach (var (first, second, log) in pairs)
        {
            Assert.Equal(expected[(corpus.Words.Word(first), corpus.Words.Word(second))], Math.Exp(log), 1e-5 * Math.Exp(log));
            Assert.True(expected.Remove((corpus.Words.Word(first), corpus.Words.Word(second))));
            if (first != second) Assert.True(expected.Remove((corpus.Words.Word(second), corpus.Words.Word(first))));
        }
    }

    [Fact]
    public void A_text_of_one_endless_line_is_counted()
    {
        string text = _folder.Write("line.txt", string.Join(' ', Enumerable.Range(0, 35_000).Select(i => i % 7)));
        using var corpus = EncodedCorpus.Read(new Corpus(text), 1, [], null, TestContext.Current.CancellationToken);
        using var records = GloveCounter.Count(corpus, 1, 1 << 20, 1, 1, null, TestContext.Current.CancellationToken, out _);
        Assert.Equal(7, records.Pairs);
        Assert.Equal(34_999 - 3, Read(records).Sum(pair => Math.Exp(pair.Log)), 0.1);   // a line is cut each 10,000 tokens
    }

    [Fact]
    public void The_order_of_the_records_is_random_and_the_seeds()
    {
        using var corpus = EncodedCorpus.Read(new Corpus(Text), 2, [], null, TestContext.Current.CancellationToken);
        var orders = new List<GlovePair[]>();
        foreach (ulong seed in (ulong[])[1, 1, 2])
        {
            using var records = GloveCounter.Count(corpus, 10, 1 << 20, 1, seed, null, TestContext.Current.CancellationToken, out _);
            orders.Add(Read(records));
        }
        Assert.Equal(orders[0], orders[1]);
        Assert.NotEqual(orders[0], orders[2]);
        Assert.Equal(orders[0].OrderBy(pair => (pair.Second, pair.First)), orders[2].OrderBy(pair => (pair.Second, pair.First)));
        // in a random order the commonest word's pairs stand as often in each tenth; 6 standard deviations
        int[] tenths = new int[10];
        for (int i = 0; i < orders[0].Length; i++) tenths[(int)(10L * i / orders[0].Length)] += orders[0][i].First == 0 ? 1 : 0;
        double mean = tenths.Average();
        Assert.All(tenths, count => Assert.InRange(count, mean - (6 * Math.Sqrt(mean)), mean + (6 * Math.Sqrt(mean))));
    }

    [Fact]
    public void Sums_of_pairs_survive_any_number_of_spills()
    {
        var random = new Random(3);
        var expected = new Dictionary<(int, int), long>();
        using var runs = new PairRuns(TestContext.Current.CancellationToken);
        using (var table = new PairTable(runs, bytes: 1))
        {
            for (int i = 0; i < 400_000; i++)
            {
                var pair = (random.Next(2000), random.Next(2000));
                int weight = random.Next(1, 100);
                table.Add(pair.Item1, pair.Item2, weight);
                expected[pair] = expected.GetValueOrDefault(pair) + weight;
            }
            table.Spill();
        }
        Assert.True(runs.Spills > 128);
        ulong last = 0;
        runs.Drain(pair =>
        {
            Assert.True(pair.Key > last);
            last = pair.Key;
            Assert.True(expected.Remove((pair.First, pair.Second), out long sum));
            Assert.Equal(sum, pair.Sum);
        });
        Assert.Empty(expected);
    }

    [Fact]
    public unsafe void A_step_is_AdaGrads_in_double_precision()
    {
        var random = new Random(5);
        for (int d = 1; d <= 70; d++)
        {
            using var rows = new RowMatrix(4, d + GloveStep.Biases);
            for (int row = 1; row < 4; row += 2) new Span<float>(rows.Row(row), rows.Stride).Fill(1);
            double[] w = Numbers(), v = Numbers(), ws = Sums(), vs = Sums();
            double b = random.NextDouble(), c = random.NextDouble(), bs = 1 + random.NextDouble(), cs = 1 + random.NextDouble();
            Put(0, [.. w, b, 1]);
            Put(1, [.. ws, bs, 5]);
            Put(2, [.. v, 1, c]);
            Put(3, [.. vs, 5, cs]);
            const double Log = 1.5, Weight = 0.7, Rate = 0.3;

            float error = GloveStep.Step(rows.Row(0), rows.Row(2), (float)Log, (float)Weight, (float)Rate, d, rows.Stride);

            double e = w.Zip(v, (x, y) => x * y).Sum() + b + c - Log;
            Assert.Equal(e, error, 1e-4);
            for (int i = 0; i < d; i++)
            {
                Check(0, i, w[i], ws[i], Rate * Weight * e * v[i]);
                Check(2, i, v[i], vs[i], Rate * Weight * e * w[i]);
            }
            Check(0, d, b, bs, Rate * Weight * e);
            Check(2, d + 1, c, cs, Rate * Weight * e);
            Assert.Equal(1, rows[0][d + 1]);
            Assert.Equal(1, rows[2][d]);
            for (int i = d + GloveStep.Biases; i < rows.Stride; i++) Assert.Equal((0, 0), (rows.Row(0)[i], rows.Row(2)[i]));

            double[] Numbers() => [.. Enumerable.Range(0, d).Select(_ => (random.NextDouble() - 0.5) / Math.Sqrt(d))];
            double[] Sums() => [.. Enumerable.Range(0, d).Select(_ => 1 + (10 * random.NextDouble()))];

            void Put(int row, double[] numbers)
            {
                for (int i = 0; i < numbers.Length; i++) rows[row][i] = (float)numbers[i];
            }

            // the root is estimated to some 12 bits
            void Check(int row, int i, double before, double sum, double step)
            {
                Assert.Equal(-step / Math.Sqrt(sum), rows[row][i] - before, 1e-6 + (1e-3 * Math.Abs(step)));
                Assert.Equal(sum + (step * step), rows[row + 1][i], 1e-5);
            }
        }
    }

    [Fact]
    public void One_thread_and_a_seed_give_the_same_vectors_also_after_a_stop()
    {
        var whole = Vectors(Train(Small));
        Assert.Equal(whole, Vectors(Train(Small)));
        Assert.NotEqual(whole, Vectors(Train(Small with { Seed = 2 })));
        Assert.Equal(whole, Vectors(Train(Small, stop: true)));
    }

    [Fact]
    public void A_stopped_training_goes_on_from_its_file_and_a_spoilt_file_is_refused()
    {
        var cancel = TestContext.Current.CancellationToken;
        string state = _folder.File("x.state");
        using (var stopped = GloveTrainer.Create("x", new Corpus(Text), Small, cancel: cancel))
        using (var soon = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => stopped.Run(_ => soon.Cancel(), soon.Token));
            stopped.Save(state);
        }

        var resumed = GloveTrainer.Resume("x", new Corpus(Text), state, threads: 1, cancel: cancel);
        Assert.False(resumed.IsComplete);
        resumed.Run(cancel: cancel);
        Assert.Equal(Vectors(Train(Small)), Vectors(resumed));

        using var other = new MemoryStream("another text, another text of other words, another text of yet other words"u8.ToArray());
        Assert.Throws<WordTrainingException>(() => GloveTrainer.Resume("x", new Corpus(other), state, threads: 1, cancel: cancel).Dispose());
        byte[] good = File.ReadAllBytes(state);
        for (int at = 0; at < good.Length; at += 1 + (at / 8))
        {
            File.WriteAllBytes(state, good[..at]);
            Assert.Throws<WordVectorFileException>(() => GloveTrainer.Resume("x", new Corpus(Text), state, threads: 1, cancel: cancel).Dispose());
        }
    }

    [Fact]
    public void Loss_falls_and_words_that_come_together_are_near()
    {
        string news = SharedData.File(Path.Combine("data", "ag-news", "train.tsv.gz"));
        var losses = new List<(int Epoch, double Loss)>();
        using var trainer = GloveTrainer.Create("news", new Corpus(news, Tokens.Words), Small with { Dimensions = 30, Window = 10, Epochs = 12, Threads = 2, MinCount = 5 }, cancel: TestContext.Current.CancellationToken);
        Assert.False(trainer.IsComplete);
        WordTrainingProgress? last = null;
        trainer.Run(progress =>
        {
            losses.Add((progress.Epoch, progress.Loss));
            last = progress;
        }, TestContext.Current.CancellationToken);
        Assert.True(trainer.IsComplete);
        Assert.Equal((last!.Of, 12 * trainer.Tokens, 12), (last.Tokens, last.Of, last.Epoch));
        Assert.True(losses[^1].Loss < 0.5 * losses[0].Loss, $"{losses[0]} {losses[^1]}");
        using var vectors = trainer.ToWordVectors();
        Assert.Equal(trainer.Vocabulary, vectors.Count);
        Assert.Equal("the", vectors.Word(0));
        foreach (var (a, near, far) in ((string, string, string)[])[("oil", "prices", "olympic"), ("iraq", "troops", "software"), ("microsoft", "software", "oil"), ("prime", "minister", "microsoft"), ("olympic", "athens", "oil")])
            Assert.True(vectors.Similarity(a, near) > vectors.Similarity(a, far) + 0.1, $"{a}: {near} {vectors.Similarity(a, near)}, {far} {vectors.Similarity(a, far)}");
    }

    [Fact]
    public void A_tiny_text_with_many_dimensions_and_epochs_gives_finite_vectors()
    {
        string tiny = _folder.Write("tiny.txt", "the cat sat on the mat\nthe dog sat on the cat\na cat and a dog\n");
        using var trainer = GloveTrainer.Create("tiny", new Corpus(tiny), new GloveOptions { Dimensions = 500, Epochs = 100, MinCount = 1 }, cancel: TestContext.Current.CancellationToken);
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        using var vectors = trainer.ToWordVectors();
        float[] row = new float[500];
        for (int i = 0; i < vectors.Count; i++)
        {
            vectors.CopyVector(i, row);
            Assert.All(row, x => Assert.True(float.Abs(x) < 10));
        }
    }

    [Fact]
    public void A_training_that_diverges_says_what_to_lower_and_gives_no_vectors()
    {
        using var trainer = GloveTrainer.Create("wild", new Corpus(Text), Small with { Dimensions = 500, Epochs = 100, LearningRate = 10 }, cancel: TestContext.Current.CancellationToken);
        var error = Assert.Throws<WordTrainingException>(() => trainer.Run(cancel: TestContext.Current.CancellationToken));
        Assert.Contains("epoch 1: lower the learning rate (10) or the dimensions (500)", error.Message, StringComparison.Ordinal);
        Assert.False(trainer.IsComplete);
        Assert.Throws<WordTrainingException>(trainer.ToWordVectors);
        Assert.Throws<WordTrainingException>(() => trainer.Run(cancel: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("one two", 5, "no word comes 5 times; the commonest of its 2 tokens comes 1")]
    [InlineData("", 1, "there is no text in it")]
    [InlineData("one\ntwo\n", 1, "no two words")]
    public void A_text_that_holds_nothing_to_learn_is_refused(string text, int minCount, string expected)
    {
        var error = Assert.Throws<WordTrainingException>(() => GloveTrainer.Create("x", new Corpus(_folder.Write("x.txt", text)), Small with { MinCount = minCount }, cancel: TestContext.Current.CancellationToken));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_stops_while_it_counts_and_while_it_trains()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => GloveTrainer.Create("x", new Corpus(Text), Small, counted: _ => stop.Cancel(), cancel: stop.Token));
        using var trainer = GloveTrainer.Create("x", new Corpus(Text), Small with { Epochs = 10_000 }, cancel: TestContext.Current.CancellationToken);
        using var later = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trainer.Run(_ => later.Cancel(), later.Token));
        Assert.False(trainer.IsComplete);
        using var vectors = trainer.ToWordVectors();
        Assert.Equal(trainer.Vocabulary, vectors.Count);

        using var whole = GloveTrainer.Create("x", new Corpus(Text), Small, cancel: TestContext.Current.CancellationToken);
        using var late = new CancellationTokenSource();
        whole.Run(progress => { if (progress.Tokens == progress.Of) late.Cancel(); }, late.Token);
        Assert.True(late.IsCancellationRequested && whole.IsComplete);
    }

    [Fact]
    public void What_the_caller_throws_comes_back_to_it()
    {
        using var trainer = GloveTrainer.Create("x", new Corpus(Text), Small, cancel: TestContext.Current.CancellationToken);
        Assert.Throws<NotSupportedException>(() => trainer.Run(_ => throw new NotSupportedException(), TestContext.Current.CancellationToken));
        Assert.Throws<NotSupportedException>(() => GloveTrainer.Create("x", new Corpus(Text), Small, counted: _ => throw new NotSupportedException(), cancel: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Settings_out_of_their_ranges_are_refused()
    {
        foreach (var options in (GloveOptions[])[Small with { Dimensions = 0 }, Small with { Window = 101 }, Small with { MinCount = 0 }, Small with { Epochs = 0 }, Small with { Threads = 257 },
            Small with { LearningRate = double.NaN }, Small with { XMax = 0 }, Small with { Alpha = 1.1 }, Small with { MemoryBytes = (1 << 20) - 1 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => GloveTrainer.Create("x", new Corpus(Text), options, cancel: TestContext.Current.CancellationToken));
    }

    private static GlovePair[] Read(GloveRecords records)
    {
        var room = new GlovePair[GloveRecords.BlockPairs];
        return [.. Enumerable.Range(0, records.Blocks).SelectMany(block => records.ReadBlock(block, room).ToArray())];
    }

    private static GloveTrainer Train(GloveOptions options, bool stop = false)
    {
        var trainer = GloveTrainer.Create("x", new Corpus(Text), options, cancel: TestContext.Current.CancellationToken);
        using var soon = new CancellationTokenSource();
        if (stop)
        {
            Assert.Throws<OperationCanceledException>(() => trainer.Run(_ => soon.Cancel(), soon.Token));
            Assert.False(trainer.IsComplete);
        }
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        return trainer;
    }

    private static float[] Vectors(GloveTrainer trainer)
    {
        using (trainer)
        {
            using var vectors = trainer.ToWordVectors();
            float[] all = new float[vectors.Count * vectors.Dimensions];
            for (int i = 0; i < vectors.Count; i++) vectors.CopyVector(i, all.AsSpan(i * vectors.Dimensions, vectors.Dimensions));
            return all;
        }
    }
}
