namespace Kindred.Models.Distillation;

/// <summary>What a static model is made of.</summary>
public sealed record DistillationOptions
{
    /// <summary>The length of a vector, from 1 to the teacher's; 128 by default, which is as good for likeness as more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Dimensions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Dimensions));
            field = value;
        }
    } = 128;

    /// <summary>
    /// Words that get a vector of their own beside the teacher's pieces, the commonest first: their order is their frequency (Zipf). Without any,
    /// the order of the teacher's vocabulary is taken for it.
    /// </summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Sentences whose vectors the tokens' vectors learn to sum up to; without any, a token keeps the teacher's vector of it alone.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];
}
