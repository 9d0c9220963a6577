namespace Kindred.Learning.Recommendation;

/// <summary>Settings of <see cref="Recommender.Fit"/>.</summary>
public sealed record RecommenderOptions
{
    /// <summary>The method.</summary>
    public RecommenderMethod Method { get; init; }

    /// <summary>Ridge penalty of <see cref="RecommenderMethod.Ease"/>, above 0.</summary>
    public double EaseLambda { get; init; } = 300;

    /// <summary>Components of the vectors of ALS, BPR and item2vec, 1 to 1024.</summary>
    public int Factors { get; init; } = 48;

    /// <summary>Ridge penalty of ALS, above 0.</summary>
    public double AlsLambda { get; init; } = 10;

    /// <summary>How much more a like weighs in ALS than an unseen pair, at least 0.</summary>
    public double AlsAlpha { get; init; } = 4;

    /// <summary>Start of the random numbers; the same data and seed give the same recommender.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A vector of what an item is, such as the embedding of its description; also for items that nobody has taken yet. All of one length, finite.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<float>> Content { get; init; } = new Dictionary<string, ReadOnlyMemory<float>>();

    /// <summary>What an item is called, where its name is a number or the like: reasons then say the title, and an item can be asked for by it.</summary>
    public IReadOnlyDictionary<string, string> Titles { get; init; } = new Dictionary<string, string>();

    internal void Check()
    {
        if (!Enum.IsDefined(Method)) throw new ArgumentOutOfRangeException(nameof(Method), Method, "There is no such method.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Factors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Factors, 1024);
        if (!(EaseLambda > 0) || !double.IsFinite(EaseLambda)) throw new ArgumentOutOfRangeException(nameof(EaseLambda), EaseLambda, "A penalty is above 0.");
        if (!(AlsLambda > 0) || !double.IsFinite(AlsLambda)) throw new ArgumentOutOfRangeException(nameof(AlsLambda), AlsLambda, "A penalty is above 0.");
        if (!(AlsAlpha >= 0) || !double.IsFinite(AlsAlpha)) throw new ArgumentOutOfRangeException(nameof(AlsAlpha), AlsAlpha, "A weight is at least 0.");
        int length = -1;
        foreach (var (item, vector) in Content)
        {
            if (length < 0) length = vector.Length;
            if (vector.Length == 0 || vector.Length != length) throw new ArgumentException($"The vector of {item} has {vector.Length} components, the first has {length}.", nameof(Content));
            if (Vectors.Metrics.Metric.IndexOfNonFinite(vector.Span) >= 0) throw new ArgumentException($"The vector of {item} is not finite.", nameof(Content));
        }
    }
}
