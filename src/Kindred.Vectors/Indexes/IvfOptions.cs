using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>How an <see cref="IvfIndex"/> is built.</summary>
public sealed record IvfOptions
{
    /// <summary>How many lists the vectors are spread over, 1 to 65,536 and at most one a vector; 0, the default, is 6·√n.</summary>
    public int Lists { get; init; }

    /// <summary>Rounds of k-means at most, 1 or more; the default is 10.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>A list of more than this many times the average is split while training, and a small one given up for it; 0 leaves the lists as they fall. The default is 8.</summary>
    public float Balance { get; init; } = 8;

    /// <summary>Of the random choices: the same seed and vectors give the same index.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Keeps each vector a second time, in this codec, to score the best hits again: a <see cref="Float32Codec"/> keeps the originals. Null, the default, keeps none.</summary>
    public VectorCodec? Rescorer { get; init; }
}
