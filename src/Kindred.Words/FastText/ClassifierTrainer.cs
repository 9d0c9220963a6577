using System.Text;
using Kindred.Words.Files;

namespace Kindred.Words.FastText;

/// <summary>Trains a text classifier by stochastic gradient descent on the softmax, as fastText's `supervised` does.</summary>
internal sealed class ClassifierTrainer
{
    private readonly FastTextModel model;
    private readonly int[][] rows;
    private readonly int[] answers;
    private readonly FastTextClassifierOptions options;

    public ClassifierTrainer(IReadOnlyList<string> texts, IReadOnlyList<string> labels, FastTextClassifierOptions options)
    {
        this.options = options;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        long tokens = 0;
        foreach (string text in texts)
        {
            foreach (byte[] word in FastTextClassifier.Tokens(text).Append(Subwords.EndOfSentence.ToArray()))
            {
                string key = Encoding.UTF8.GetString(word);
                counts[key] = counts.GetValueOrDefault(key) + 1;
                tokens++;
            }
        }

        KeyValuePair<string, long>[] words = [.. counts.OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal)];
        var builder = new VocabularyBuilder();
        foreach (var (word, _) in words) builder.Add(Encoding.UTF8.GetBytes(word));
        var names = labels.GroupBy(l => l, StringComparer.Ordinal).Select(g => (g.Key, Count: g.LongCount())).OrderByDescending(l => l.Count).ThenBy(l => l.Key, StringComparer.Ordinal).ToArray();
        var places = names.Select((n, i) => (n.Key, i)).ToDictionary(p => p.Key, p => p.i, StringComparer.Ordinal);
        int buckets = options.WordNgrams > 1 || options.MaxLength > 0 ? options.Buckets : 0;
        model = new FastTextModel
        {
            Settings = new FastTextSettings
            {
                Dimensions = options.Dimensions,
                Epochs = options.Epochs,
                MinCount = 1,
                WordNgrams = options.WordNgrams,
                MinLength = options.MinLength,
                MaxLength = options.MaxLength,
                Buckets = buckets,
                Loss = FastTextSettings.Softmax,
                Model = FastTextSettings.Supervised,
            },
            Words = builder.Build(),
            Counts = [.. words.Select(w => w.Value)],
            Labels = [.. names.Select(n => "__label__" + n.Key)],
            LabelCounts = [.. names.Select(n => n.Count)],
            Tokens = tokens + labels.Count,
            Input = new NativeRows(words.Length + buckets, options.Dimensions),
            Output = new NativeRows(names.Length, options.Dimensions),
        };
        var lines = new LineRows(model);
        rows = [.. texts.Select(t => lines.Of(t).ToArray())];
        answers = [.. labels.Select(l => places[l])];
    }

    public FastTextModel Train(CancellationToken cancel)
    {
        try
        {
            return Run(cancel);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private FastTextModel Run(CancellationToken cancel)
    {
        var (input, output) = (model.Input, model.Output!);
        var random = new Random(options.Seed);
        float bound = 1f / options.Dimensions;
        for (long i = 0; i < input.Count; i++)
            foreach (ref float x in input[i]) x = ((2 * random.NextSingle()) - 1) * bound;
        output.Clear();
        float[] hidden = new float[options.Dimensions], gradient = new float[options.Dimensions], scores = new float[model.Labels.Count];
        int[] order = [.. Enumerable.Range(0, rows.Length)];
        long done = 0, all = (long)options.Epochs * rows.Length;
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (int row in order)
            {
                if ((done & 1023) == 0) cancel.ThrowIfCancellationRequested();
                float rate = (float)(options.LearningRate * (1 - ((double)done++ / all)));
                int[] line = rows[row];
                Array.Clear(hidden);
                foreach (int r in line) LinearLayer.Add(hidden, input[r], 1f / line.Length);
                for (int c = 0; c < scores.Length; c++) scores[c] = LinearLayer.Dot(output[c], hidden);
                LinearLayer.Softmax(scores);
                Array.Clear(gradient);
                for (int c = 0; c < scores.Length; c++)
                {
                    float step = rate * ((c == answers[row] ? 1 : 0) - scores[c]);
                    LinearLayer.Add(gradient, output[c], step);
                    LinearLayer.Add(output[c], hidden, step);
                }

                foreach (int r in line) LinearLayer.Add(input[r], gradient, 1f / line.Length);
            }
        }

        return model;
    }
}
