using Kindred.Words.Files;
using Kindred.Words.Sentences;

namespace Kindred.Words;

/// <content>Making other vectors of these.</content>
public sealed unsafe partial class WordVectors
{
    /// <summary>How often each word was seen; null where the file does not say.</summary>
    internal IReadOnlyList<long>? Counts => _counts;

    /// <summary>All-but-the-top: takes out of every vector what all have in common, the mean and the first principal components.</summary>
    /// <remarks>J. Mu, P. Viswanath, "All-but-the-top: simple and effective postprocessing for word representations", ICLR 2018.</remarks>
    /// <param name="components">How many; the paper takes a hundredth of the dimensions.</param>
    /// <returns>The same words, with float rows and without n-grams; to be disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Components are not 0 to <see cref="Dimensions"/>.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public WordVectors AllButTheTop(int components)
    {
        if (components < 0 || components > Dimensions) throw new ArgumentOutOfRangeException(nameof(components), components, $"Components are 0 to {Dimensions}.");
        using var hold = new Hold(this);
        double[] mean = new double[Dimensions], centred = new double[Dimensions];
        float[] row = new float[Dimensions];
        for (int i = 0; i < Count; i++)
        {
            CopyRow(i, row);
            for (int j = 0; j < row.Length; j++) mean[j] += row[j] / (double)Count;
        }
        var products = new SymmetricMatrix(Dimensions);
        for (int i = 0; i < Count; i++)
        {
            Centre(i);
            products.Add(centred);
        }
        double[][] top = products.Top(components);
        var rows = new NativeRows(Count, Dimensions);
        for (int i = 0; i < Count; i++)
        {
            Centre(i);
            double[] dots = [.. top.Select(axis => Dot(axis, centred))];
            var target = rows[i];
            for (int j = 0; j < target.Length; j++)
            {
                double x = centred[j];
                for (int c = 0; c < dots.Length; c++) x -= dots[c] * top[c][j];
                target[j] = (float)x;
            }
        }
        var words = new VocabularyBuilder();
        for (int i = 0; i < Count; i++) words.Add(_words.Bytes(i));
        return new WordVectors(Name, words.Build(), rows);

        void Centre(int index)
        {
            CopyRow(index, row);
            for (int j = 0; j < row.Length; j++) centred[j] = row[j] - mean[j];
        }
    }
}
