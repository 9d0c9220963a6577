namespace Kindred.Models.Tuning;

/// <summary>What a layer has computed, for the way back. Shape [tokens, width] where nothing else is said; there is room for more tokens than a batch has.</summary>
internal sealed class LayerTrace(int tokens, int width, int inner, int probabilities)
{
    public float[] Queries { get; } = new float[tokens * width];

    public float[] Keys { get; } = new float[tokens * width];

    public float[] Values { get; } = new float[tokens * width];

    /// <summary>For each text and head how much each token looks at each: shape [texts][heads][length][length].</summary>
    public float[] Attention { get; } = new float[probabilities];

    public float[] Context { get; } = new float[tokens * width];

    /// <summary>Behind the attention: normalised, without gain and bias.</summary>
    public float[] MiddleUnit { get; } = new float[tokens * width];

    /// <summary>1 / standard deviation, shape [tokens].</summary>
    public float[] MiddleScale { get; } = new float[tokens];

    public float[] Middle { get; } = new float[tokens * width];

    /// <summary>Shape [tokens, inner].</summary>
    public float[] Active { get; } = new float[tokens * inner];

    /// <summary>The slope of the activation, shape [tokens, inner].</summary>
    public float[] Slope { get; } = new float[tokens * inner];

    public float[] EndUnit { get; } = new float[tokens * width];

    public float[] EndScale { get; } = new float[tokens];

    public float[] End { get; } = new float[tokens * width];
}
