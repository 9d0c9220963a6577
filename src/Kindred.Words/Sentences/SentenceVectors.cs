using Kindred.Words.Corpora;

namespace Kindred.Words.Sentences;

/// <summary>Vectors of texts: the weighted mean of their words' vectors, with what all texts have in common taken out.</summary>
/// <remarks>SIF: S. Arora, Y. Liang, T. Ma, "A simple but tough-to-beat baseline for sentence embeddings", ICLR 2017. A word weighs a / (a + p), p its
/// share of the corpus; then the first singular vectors of a set of texts are taken out of each vector. Any number of threads may call. The word
/// vectors must stay open.</remarks>
public sealed class SentenceVectors
{
    private readonly WordVectors _words;
    private readonly float[]? _weights;       // null: all are 1
    private readonly double[][] _common;

    private SentenceVectors(WordVectors words, float[]? weights, double[][] common) => (_words, _weights, _common) = (words, weights, common);

    /// <summary>Length of a vector.</summary>
    public int Dimensions => _words.Dimensions;

    /// <summary>That of the word vectors.</summary>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public string Fingerprint => _words.Fingerprint;

    /// <summary>The plain mean.</summary>
    /// <param name="words">The words' vectors.</param>
    public static SentenceVectors Mean(WordVectors words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return new(words, null, []);
    }

    /// <summary>The mean in which common words weigh less: a / (a + p).</summary>
    /// <param name="words">The words' vectors.</param>
    /// <param name="a">The share of the corpus at which a word weighs half; 0.001 to 0.0001 are usual.</param>
    /// <param name="counts">How often each word stands in some corpus, shape [words]; when left out, the counts of a fastText model, or else Zipf's law:
    /// the word at place i has the share 1 / (i + 1), over the sum of these. Words known by their n-grams alone weigh 1.</param>
    /// <exception cref="ArgumentException">a is not above 0, or the counts are not a number of 0 or more for each word, one of them above 0.</exception>
    public static SentenceVectors Sif(WordVectors words, double a = 1e-3, IReadOnlyList<long>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (!(a > 0 && double.IsFinite(a))) throw new ArgumentOutOfRangeException(nameof(a), a, "The share must be above 0.");
        counts ??= words.Counts;
        if (counts is not null && (counts.Count != words.Count || counts.Any(count => count < 0) || counts.All(count => count == 0)))
            throw new ArgumentException($"{words.Count} counts of 0 or more are wanted, one of them above 0.", nameof(counts));
        double total = 0;
        for (int i = 0; i < words.Count; i++) total += Count(i);
        float[] weights = new float[words.Count];
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)(a / (a + (Count(i) / total)));
        return new(words, weights, []);

        double Count(int index) => counts?[index] ?? 1.0 / (index + 1);
    }

    /// <summary>The same with the first singular vectors of some texts taken out of every vector.</summary>
    /// <param name="texts">Texts of the kind that will come; hundreds or more.</param>
    /// <param name="components">How many; the paper takes 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Components are not 1 to <see cref="Dimensions"/>.</exception>
    /// <exception cref="ObjectDisposedException">The word vectors were disposed of.</exception>
    public SentenceVectors WithoutCommon(IEnumerable<string> texts, int components = 1)
    {
        ArgumentNullException.ThrowIfNull(texts);
        CheckComponents(components);
        var products = new SymmetricMatrix(Dimensions);
        double[] sum = new double[Dimensions];
        foreach (string text in texts)
        {
            Average(text, sum);
            products.Add(sum);
        }
        return new(_words, _weights, products.Top(components));
    }

    /// <summary>The same with the first singular vectors of the words themselves, each as it weighs in running text, taken out: a stand-in for
    /// <see cref="WithoutCommon"/> where no texts are at hand.</summary>
    /// <param name="components">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">Components are not 1 to <see cref="Dimensions"/>.</exception>
    /// <exception cref="ObjectDisposedException">The word vectors were disposed of.</exception>
    public SentenceVectors WithoutCommonOfWords(int components = 1)
    {
        CheckComponents(components);
        var products = new SymmetricMatrix(Dimensions);
        float[] vector = new float[Dimensions];
        double[] row = new double[Dimensions];
        for (int i = 0; i < _words.Count; i++)
        {
            _words.CopyVector(i, vector);
            double weight = (_weights?[i] ?? 1) * Math.Sqrt(1.0 / (i + 1));
            for (int j = 0; j < row.Length; j++) row[j] = weight * vector[j];
            products.Add(row);
        }
        return new(_words, _weights, products.Top(components));
    }

    /// <summary>Works out a text's vector.</summary>
    /// <param name="text">Any text. It is split at white space; marks around a word are cut off; what is then no known word is split at the marks inside it.</param>
    /// <param name="vector">Receives shape [dimensions]; zeros when no word is known. Not scaled to unit length.</param>
    /// <returns>How many words were known.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The word vectors were disposed of.</exception>
    public int Encode(ReadOnlySpan<char> text, Span<float> vector)
    {
        if (vector.Length != Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the words have {Dimensions}.", nameof(vector));
        double[] sum = new double[Dimensions];
        int known = Average(text, sum);
        foreach (double[] axis in _common)
        {
            double dot = 0;
            for (int i = 0; i < sum.Length; i++) dot += sum[i] * axis[i];
            for (int i = 0; i < sum.Length; i++) sum[i] -= dot * axis[i];
        }
        for (int i = 0; i < sum.Length; i++) vector[i] = (float)sum[i];
        return known;
    }

    private void CheckComponents(int components)
    {
        if (components < 1 || components > Dimensions) throw new ArgumentOutOfRangeException(nameof(components), components, $"Components are 1 to {Dimensions}.");
    }

    private int Average(ReadOnlySpan<char> text, double[] sum)
    {
        Array.Clear(sum);
        float[] vector = new float[Dimensions];
        int known = 0;
        while (true)
        {
            text = text.TrimStart();
            if (text.IsEmpty) break;
            int length = 0;
            while (length < text.Length && !char.IsWhiteSpace(text[length])) length++;
            var word = Bare(text[..length]);
            text = text[length..];
            if (word.IsEmpty || Add(word)) continue;
            while (!word.IsEmpty)
            {
                int part = 0;
                while (part < word.Length && TokenSplitter.IsOfWord(word[part])) part++;
                if (part > 0) Add(word[..part]);
                word = word[Math.Min(part + 1, word.Length)..];
            }
        }
        if (known > 0)
            for (int i = 0; i < sum.Length; i++) sum[i] /= known;
        return known;

        bool Add(ReadOnlySpan<char> word)
        {
            if (!_words.TryGetVector(word, vector)) return false;
            double weight = _weights is not null && _words.TryFind(word, out int index) ? _weights[index] : 1;
            for (int i = 0; i < sum.Length; i++) sum[i] += weight * vector[i];
            known++;
            return true;
        }
    }

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> word)
    {
        int start = 0, end = word.Length;
        while (start < end && !TokenSplitter.IsOfWord(word[start])) start++;
        while (end > start && !TokenSplitter.IsOfWord(word[end - 1])) end--;
        return word[start..end];
    }
}
