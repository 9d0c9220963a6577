using Kindred.Words.Files;

namespace Kindred.Words.FastText;

/// <summary>All that a fastText file holds. Owns its matrices. Files are read and written by <see cref="FastTextFile"/>.</summary>
internal sealed class FastTextModel : IDisposable
{
    internal required FastTextSettings Settings { get; init; }

    /// <summary>The words, the commonest first.</summary>
    internal required Vocabulary Words { get; init; }

    /// <summary>How often each word was seen, shape [words].</summary>
    internal required long[] Counts { get; init; }

    /// <summary>Names of the classes, with their prefix "__label__"; empty for word vectors.</summary>
    internal IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Shape [labels].</summary>
    internal long[] LabelCounts { get; init; } = [];

    /// <summary>Tokens of the corpus.</summary>
    internal required long Tokens { get; init; }

    /// <summary>Bucket to row after the words, where pruning left only some n-grams; else null.</summary>
    internal IReadOnlyDictionary<int, int>? Pruned { get; init; }

    /// <summary>Shape [words + buckets (or kept n-grams), dimensions].</summary>
    internal required NativeRows Input { get; init; }

    /// <summary>Shape [words or labels, dimensions]; null when it was not read, or is not there.</summary>
    internal NativeRows? Output { get; init; }

    internal Subwords Subwords => field ??= new Subwords(Settings, Words, Pruned);

    /// <summary>Each word's vector, as `fasttext print-word-vectors` has it: the mean of its own row and those of its n-grams.</summary>
    internal NativeRows WordRows()
    {
        var rows = new NativeRows(Words.Count, Settings.Dimensions);
        Parallel.For(0, (Words.Count + 1023) / 1024, () => new List<int>(), (block, _, of) =>
        {
            for (int i = block * 1024; i < Math.Min((block + 1) * 1024, Words.Count); i++)
            {
                of.Clear();
                of.Add(i);
                Subwords.AddRows(Words.Bytes(i), of);
                Subwords.Mean(Input, of, rows[i]);
            }
            return of;
        }, _ => { });
        return rows;
    }

    public void Dispose()
    {
        Input.Dispose();
        Output?.Dispose();
    }
}
