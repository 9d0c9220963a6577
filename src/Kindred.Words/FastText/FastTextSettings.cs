namespace Kindred.Words.FastText;

/// <summary>What a fastText model was trained with, as its file keeps it (args.cc of fastText).</summary>
internal sealed record FastTextSettings
{
    /// <summary>Values of <see cref="Model"/>.</summary>
    internal const int Cbow = 1, SkipGram = 2, Supervised = 3;

    /// <summary>Values of <see cref="Loss"/>.</summary>
    internal const int HierarchicalSoftmax = 1, NegativeSampling = 2, Softmax = 3, OneVsAll = 4;

    internal int Dimensions { get; init; } = 100;
    internal int Window { get; init; } = 5;
    internal int Epochs { get; init; } = 5;
    internal int MinCount { get; init; } = 5;
    internal int Negatives { get; init; } = 5;
    internal int WordNgrams { get; init; } = 1;
    internal int Loss { get; init; } = NegativeSampling;
    internal int Model { get; init; } = SkipGram;

    /// <summary>Rows of the n-grams: their hash modulo this.</summary>
    internal int Buckets { get; init; } = 2_000_000;

    /// <summary>Least characters of an n-gram.</summary>
    internal int MinLength { get; init; } = 3;

    /// <summary>Most characters of an n-gram; 0 for none.</summary>
    internal int MaxLength { get; init; } = 6;

    internal int LearningRateUpdateRate { get; init; } = 100;

    /// <summary>Threshold of subsampling.</summary>
    internal double Subsampling { get; init; } = 1e-4;
}
