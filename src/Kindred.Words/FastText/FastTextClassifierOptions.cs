namespace Kindred.Words.FastText;

/// <summary>How a <see cref="FastTextClassifier"/> is trained; names as in fastText's own options.</summary>
public sealed record FastTextClassifierOptions
{
    /// <summary>The length of a vector.</summary>
    public int Dimensions { get; init; } = 50;

    /// <summary>How often the texts are gone through.</summary>
    public int Epochs { get; init; } = 25;

    /// <summary>The rate at the start; it falls to 0.</summary>
    public double LearningRate { get; init; } = 0.5;

    /// <summary>The most words of a phrase that has a vector of its own.</summary>
    public int WordNgrams { get; init; } = 2;

    /// <summary>The least characters of a part of a word that has a vector.</summary>
    public int MinLength { get; init; } = 3;

    /// <summary>The most; 0 for no parts.</summary>
    public int MaxLength { get; init; } = 5;

    /// <summary>Rows that phrases and parts share by their hash.</summary>
    public int Buckets { get; init; } = 200_000;

    /// <summary>Where random numbers start.</summary>
    public int Seed { get; init; } = 1;
}
