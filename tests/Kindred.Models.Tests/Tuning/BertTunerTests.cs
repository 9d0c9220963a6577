using System.Numerics.Tensors;
using Kindred.Models.Encoders;
using Kindred.Models.Tuning;

namespace Kindred.Models.Tests.Tuning;

/// <summary>The tuner on the real network and real questions.</summary>
public sealed class BertTunerTests
{
    private const int Labels = 77;
    private const int Learnt = 8;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_own_pass_gives_the_vectors_of_the_network()
    {
        using var model = EmbeddingModel.Default;
        string[] texts = ["The cat", "", "My card was charged twice and nobody at the counter could tell me why that is so.", "Wie viele Zimmer hat das Haus? 😀"];
        var due = await model.GenerateAsync(texts, cancellationToken: Cancel);
        var pass = new BertPass(BertWeightsFile.Find(ModelFolder.Read(model.Folder))!.Read());
        float[] tokens = pass.Run([.. texts.Select(text => model.Tokenizer.Encode(text, 64, out _))]);
        for (int i = 0; i < texts.Length; i++)
        {
            float[] mean = new float[model.Dimensions];
            for (int t = pass.Starts[i]; t < pass.Starts[i + 1]; t++) TensorPrimitives.Add(mean, tokens.AsSpan(t * mean.Length, mean.Length), mean);
            TensorPrimitives.Divide(mean, TensorPrimitives.Norm<float>(mean), mean);
            Assert.Equal(1, TensorPrimitives.CosineSimilarity(mean, due[i].Vector.Span), 1e-5f);
        }
    }

    [Fact]
    public async Task Unseen_questions_come_nearer_to_those_of_their_kind()
    {
        var (texts, classes, asked, due) = Questions();
        using var model = EmbeddingModel.Default;
        var shares = new List<double>();
        var tuning = model.Tune(texts, classes, new Told(shares.Add), Cancel);
        using var tuned = model.With(tuning);
        Assert.Equal(Enumerable.Range(1, shares.Count).Select(i => i / (double)shares.Count), shares);
        var (before, after) = (await MeasureAsync(model), await MeasureAsync(tuned));
        Assert.True(after.Right > before.Right + (due.Length / 50), $"{before.Right} of {due.Length} right before, {after.Right} after");
        Assert.True(after.Margin > 1.25 * before.Margin, $"own and other centre were {before.Margin} apart before, {after.Margin} after");

        async Task<(int Right, double Margin)> MeasureAsync(EmbeddingModel by)
        {
            var known = await by.GenerateAsync(texts, cancellationToken: Cancel);
            var centres = Enumerable.Range(0, Labels).Select(c =>
            {
                float[] sum = new float[by.Dimensions];
                for (int i = 0; i < texts.Length; i++)
                    if (classes[i] == c) TensorPrimitives.Add(sum, known[i].Vector.Span, sum);
                return sum;
            }).ToArray();
            int right = 0;
            double margin = 0;
            var vectors = await by.GenerateAsync(asked, cancellationToken: Cancel);
            for (int i = 0; i < asked.Length; i++)
            {
                float[] near = [.. centres.Select(c => TensorPrimitives.CosineSimilarity<float>(c, vectors[i].Vector.Span))];
                float other = near.Where((_, c) => c != due[i]).Max();
                if (near[due[i]] > other) right++;
                margin += (near[due[i]] - other) / asked.Length;
            }

            return (right, margin);
        }
    }

    [Fact]
    public void The_same_rows_give_the_same_tuning_each_time()
    {
        var weights = TinyWeights(out int[][] ids, out int[] classes);
        var again = TinyWeights(out _, out _);
        BertTuner.Tune(weights, ids, classes, null, Cancel);
        BertTuner.Tune(again, ids, classes, null, Cancel);
        foreach (var (one, other) in weights.Layers.SelectMany(l => l.All).Zip(again.Layers.SelectMany(l => l.All))) Assert.Equal(one, other);
        Assert.NotEqual(TinyWeights(out _, out _).Layers[0].Query, weights.Layers[0].Query);
    }

    [Fact]
    public void Stops_when_told_to()
    {
        var (texts, classes, _, _) = Questions();
        using var model = EmbeddingModel.Default;
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => model.Tune(texts, classes, new Told(_ => stop.Cancel()), stop.Token));
    }

    [Fact]
    public async Task Classes_of_one_row_and_rows_without_a_word_do_no_harm()
    {
        using var model = EmbeddingModel.Default;
        using var tuned = model.With(model.Tune(["", "", "rain", "snow", "a card"], [0, 0, 7, 8, -3], cancel: Cancel));
        foreach (var vector in await tuned.GenerateAsync(["", "rain", "sun"], cancellationToken: Cancel)) Assert.Equal(1, TensorPrimitives.Norm(vector.Vector.Span), 1e-4f);
    }

    [Fact]
    public async Task What_a_classifier_tunes_by_encodes_with_the_tuned_model()
    {
        var (texts, classes, asked, _) = Questions();
        using var model = EmbeddingModel.Default;
        var said = model.Tuner!(texts, classes, asked, Cancel);
        Assert.Equal(asked.Length, said.Vectors.Count);
        using var tuned = model.With(EncoderTuning.FromBytes(said.Tuning()));
        var due = await tuned.GenerateAsync(asked, cancellationToken: Cancel);
        for (int i = 0; i < asked.Length; i++) Assert.Equal(1, TensorPrimitives.CosineSimilarity(due[i].Vector.Span, said.Vectors[i].Span), 1e-5f);
        using var arctic = EmbeddingModel.Load("snowflake-arctic-embed-xs");
        Assert.Null(arctic.Tuner);
    }

    /// <summary>Banking77: eight questions of each kind, and twelve more.</summary>
    private static (string[] Texts, int[] Classes, string[] Asked, int[] Due) Questions()
    {
        var rows = BankingRows().GroupBy(r => r.Label).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Select(r => r.Text).ToArray()).ToArray();
        Assert.Equal(Labels, rows.Length);
        return (
            [.. rows.SelectMany(r => r.Take(Learnt))], [.. rows.SelectMany((r, c) => r.Take(Learnt).Select(_ => c))],
            [.. rows.SelectMany(r => r.Skip(Learnt).Take(12))], [.. rows.SelectMany((r, c) => r.Skip(Learnt).Take(12).Select(_ => c))]);
    }

    private static IEnumerable<(string Text, string Label)> BankingRows()
    {
        using var file = new StreamReader(new System.IO.Compression.GZipStream(File.OpenRead(SharedData.Find("data/banking77/train.tsv.gz")), System.IO.Compression.CompressionMode.Decompress));
        string[] head = file.ReadLine()!.Split('\t');
        int text = Array.IndexOf(head, "text"), label = Array.IndexOf(head, "label");
        while (file.ReadLine() is { } line)
        {
            string[] cells = line.Split('\t');
            yield return (cells[text], cells[label]);
        }
    }

    private static BertWeights TinyWeights(out int[][] ids, out int[] classes)
    {
        ids = [[1, 7, 3, 9, 2], [1, 4, 2], [1, 12, 12, 5, 8, 2], [1, 6, 2], [1, 9, 7, 2], [1, 5, 5, 2]];
        classes = [0, 1, 0, 1, 2, 2];
        return BertPassTests.Some(layers: 2, width: 32, heads: 2, inner: 48);
    }

    /// <summary>Tells at once, not some time later on another thread.</summary>
    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
