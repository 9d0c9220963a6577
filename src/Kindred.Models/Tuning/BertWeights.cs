namespace Kindred.Models.Tuning;

/// <summary>The weights of a BERT (Devlin et al. 2019), all matrices row by row, shape [inputs, outputs].</summary>
internal sealed class BertWeights
{
    /// <summary>Added to a variance before its root is taken.</summary>
    public const float Epsilon = 1e-12f;

    /// <summary>Length of a token's vector: a multiple of <see cref="Heads"/>.</summary>
    public required int Width { get; init; }

    public required int Heads { get; init; }

    /// <summary>Length of the vector between the two products at a layer's end.</summary>
    public required int Inner { get; init; }

    /// <summary>Shape [vocabulary, width].</summary>
    public required float[] Words { get; init; }

    /// <summary>Shape [positions, width], the vector of the first token type added.</summary>
    public required float[] Positions { get; init; }

    public required float[] NormGain { get; init; }

    public required float[] NormBias { get; init; }

    public required BertLayerWeights[] Layers { get; init; }
}
