using System.Text;

namespace Kindred.Words.FastText;

/// <summary>
/// A classifier of texts without an encoder: the mean of learnt vectors of a text's words, their characters and their pairs, then a linear layer (Joulin, Grave, Bojanowski and Mikolov, "Bag of Tricks for Efficient
/// Text Classification", EACL 2017). Its file is that of fastText, whose command reads it, and whose classifiers are read. Any number of threads may predict.
/// </summary>
public sealed class FastTextClassifier : IDisposable
{
    private const string Prefix = "__label__";

    private readonly FastTextModel model;
    private readonly LineRows lines;

    private FastTextClassifier(FastTextModel model)
    {
        this.model = model;
        lines = new LineRows(model);
        Labels = [.. model.Labels.Select(l => l.StartsWith(Prefix, StringComparison.Ordinal) ? l[Prefix.Length..] : l)];
    }

    /// <summary>The labels, the most frequent first.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The length of a text's vector.</summary>
    public int Dimensions => model.Settings.Dimensions;

    /// <summary>Learns from texts with a label each. The same texts give the same bytes.</summary>
    /// <param name="texts">Shape [n].</param>
    /// <param name="labels">Shape [n], none of them empty or with a NUL.</param>
    /// <param name="options">How to; null for the defaults.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are not as many texts as labels, or there is only one label.</exception>
    public static FastTextClassifier Train(IReadOnlyList<string> texts, IReadOnlyList<string> labels, FastTextClassifierOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(labels);
        if (texts.Count != labels.Count) throw new ArgumentException($"{texts.Count} texts and {labels.Count} labels: as many of each are wanted.", nameof(labels));
        int wrong = labels.ToList().FindIndex(l => string.IsNullOrWhiteSpace(l) || l.Contains('\0', StringComparison.Ordinal));
        if (wrong >= 0) throw new ArgumentException($"The label of text {wrong} is empty or holds a NUL.", nameof(labels));
        if (labels.Distinct(StringComparer.Ordinal).Take(2).Count() < 2) throw new ArgumentException("Two different labels are wanted at least.", nameof(labels));
        return new FastTextClassifier(new ClassifierTrainer(texts, labels, options ?? new()).Train(cancel));
    }

    /// <summary>Whether a file begins as one of fastText's.</summary>
    /// <param name="path">The file.</param>
    public static bool IsFile(string path)
    {
        using var file = File.OpenRead(path);
        byte[] start = new byte[4];
        return file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && FastTextFile.Is(start);
    }

    /// <summary>Opens a classifier of fastText, .bin or .ftz.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WordVectorFileException">It is no such file, is broken, holds word vectors, or was trained with hierarchical softmax.</exception>
    public static FastTextClassifier Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var model = FastTextFile.Read(path, file, withOutput: true);
        string? problem = model.Settings.Model != FastTextSettings.Supervised || model.Labels.Count == 0 ? "model: it holds word vectors, no classifier"
            : model.Settings.Loss == FastTextSettings.HierarchicalSoftmax ? "loss: hierarchical softmax; train it with -loss softmax, ns or ova"
            : model.Output!.Count != model.Labels.Count ? $"output matrix: {model.Output.Count} rows for {model.Labels.Count} labels" : null;
        if (problem is null) return new FastTextClassifier(model);
        model.Dispose();
        throw WordVectorFileException.At(path, 0, problem);
    }

    /// <summary>How likely each label is.</summary>
    /// <param name="text">The text; only its first line counts.</param>
    /// <param name="probabilities">Receives shape [labels]; with losses ns and ova each is a yes or no of its own, so their sum is not 1.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void Predict(string text, Span<float> probabilities)
    {
        if (probabilities.Length != Labels.Count) throw new ArgumentException($"There are {Labels.Count} labels, the span has {probabilities.Length} places.", nameof(probabilities));
        float[] hidden = Encode(text);
        for (int i = 0; i < probabilities.Length; i++) probabilities[i] = LinearLayer.Dot(model.Output![i], hidden);
        if (model.Settings.Loss == FastTextSettings.Softmax) LinearLayer.Softmax(probabilities);
        else
            foreach (ref float p in probabilities) p = 1 / (1 + MathF.Exp(-p));
    }

    /// <summary>A text's vector: the mean of its rows.</summary>
    /// <param name="text">The text; only its first line counts.</param>
    public float[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        float[] hidden = new float[Dimensions];
        Subwords.Mean(model.Input, lines.Of(text), hidden);
        return hidden;
    }

    /// <summary>Writes it as fastText's .bin.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="ArgumentException">Its n-grams were pruned (.ftz), which a .bin cannot say.</exception>
    public void Save(string path) => FastTextFile.Write(path, model);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => model.Dispose();

    /// <summary>The words of a line, as fastText parts them, and their UTF-8.</summary>
    internal static IEnumerable<byte[]> Tokens(string line)
    {
        int end = line.AsSpan().IndexOfAny('\n', '\r');
        if (end >= 0) line = line[..end];
        foreach (string word in line.Split([' ', '\t', '\v', '\f', '\0'], StringSplitOptions.RemoveEmptyEntries)) yield return Encoding.UTF8.GetBytes(word);
    }
}
