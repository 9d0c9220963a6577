namespace Kindred.Words.Training;

/// <summary>Settings of word2vec training; names and defaults as in word2vec.c, but for five epochs, as gensim has them.</summary>
public sealed record WordTrainingOptions
{
    /// <summary>What the network learns. Default: skip-gram.</summary>
    public WordTrainingMethod Method { get; init; } = WordTrainingMethod.SkipGram;

    /// <summary>Length of a vector, 1 to 4,096. Default 100.</summary>
    public int Dimensions { get; init; } = 100;

    /// <summary>Words to each side at most; each place draws 1 to this. 1 to 100. Default 5.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Noise words a window, 1 to 100; not used with <see cref="HierarchicalSoftmax"/>. Default 5.</summary>
    public int Negative { get; init; } = 5;

    /// <summary>A Huffman tree over the words instead of negative sampling (Mikolov et al. 2013b, section 2.1). Default: no.</summary>
    public bool HierarchicalSoftmax { get; init; }

    /// <summary>How often a word must come, 1 or more. Default 5.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>Passes over the corpus, 1 to 10,000. Default 5.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Threads, 1 to 256; with one, the same corpus and settings give the same bytes. Default: one a core.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>Seed of all draws. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Learning rate at the beginning, above 0 to 10; it falls in a line to nearly nothing. Null: 0.05, as fastText has it; with <see cref="WordTrainingMethod.Cbow"/> 0.1.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Share of the corpus above which a word is thinned out (Mikolov et al. 2013b, section 2.3), 0 (never) to 1. Default 0.001.</summary>
    public double Sample { get; init; } = 1e-3;

    /// <summary>Least characters of an n-gram, 1 to <see cref="MaxLength"/>. Default 3.</summary>
    public int MinLength { get; init; } = 3;

    /// <summary>Most characters of an n-gram, up to 32; 0 (the default) trains words alone, 6 is fastText's choice. With n-grams a word's vector is the mean
    /// of its own and those of its n-grams, and words outside the vocabulary have vectors too (Bojanowski et al. 2017).</summary>
    public int MaxLength { get; init; }

    /// <summary>Rows for n-grams, which share them by hashing; 1 to 100,000,000. Default 2,000,000.</summary>
    public int Buckets { get; init; } = 2_000_000;

    internal bool HasDocuments => Method is WordTrainingMethod.Document or WordTrainingMethod.DocumentMemory;

    internal double Rate => LearningRate ?? (Method == WordTrainingMethod.Cbow ? 0.1 : 0.05);

    internal void Check()
    {
        Within(Dimensions, 1, 4096, nameof(Dimensions));
        Within(Window, 1, 100, nameof(Window));
        Within(Negative, 1, 100, nameof(Negative));
        Within(MinCount, 1, int.MaxValue, nameof(MinCount));
        Within(Epochs, 1, 10_000, nameof(Epochs));
        Within(Threads, 1, 256, nameof(Threads));
        Within(Buckets, 1, 100_000_000, nameof(Buckets));
        Within(MaxLength, 0, 32, nameof(MaxLength));
        if (MaxLength > 0) Within(MinLength, 1, MaxLength, nameof(MinLength));
        if (!Enum.IsDefined(Method)) throw new ArgumentOutOfRangeException(nameof(Method), Method, "There is no such method.");
        if (HasDocuments && MaxLength > 0) throw new ArgumentOutOfRangeException(nameof(MaxLength), MaxLength, "Document vectors are trained without n-grams: MaxLength is 0.");
        if (!(Rate is > 0 and <= 10)) throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "LearningRate is above 0 and at most 10.");
        if (!(Sample is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(Sample), Sample, "Sample is 0 to 1.");

        static void Within(int value, int least, int most, string name)
        {
            if (value < least || value > most) throw new ArgumentOutOfRangeException(name, value, $"{name} is {least} to {most}.");
        }
    }
}
