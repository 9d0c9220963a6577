namespace Kindred.Models.Tuning;

/// <summary>The weights of a layer, or what is summed up for each of them.</summary>
/// <param name="Query">Shape [width, width].</param>
/// <param name="QueryBias">Shape [width].</param>
/// <param name="Key">Shape [width, width].</param>
/// <param name="KeyBias">Shape [width].</param>
/// <param name="Value">Shape [width, width].</param>
/// <param name="ValueBias">Shape [width].</param>
/// <param name="Out">Shape [width, width].</param>
/// <param name="OutBias">Shape [width].</param>
/// <param name="MiddleGain">Of the normalisation behind the attention, shape [width].</param>
/// <param name="MiddleBias">Shape [width].</param>
/// <param name="Rise">Shape [width, inner].</param>
/// <param name="RiseBias">Shape [inner].</param>
/// <param name="Fall">Shape [inner, width].</param>
/// <param name="FallBias">Shape [width].</param>
/// <param name="EndGain">Of the normalisation at the end, shape [width].</param>
/// <param name="EndBias">Shape [width].</param>
internal sealed record BertLayerWeights(
    float[] Query, float[] QueryBias, float[] Key, float[] KeyBias, float[] Value, float[] ValueBias, float[] Out, float[] OutBias, float[] MiddleGain, float[] MiddleBias,
    float[] Rise, float[] RiseBias, float[] Fall, float[] FallBias, float[] EndGain, float[] EndBias)
{
    /// <summary>All of them, in the order in which they are stored.</summary>
    public float[][] All => [Query, QueryBias, Key, KeyBias, Value, ValueBias, Out, OutBias, MiddleGain, MiddleBias, Rise, RiseBias, Fall, FallBias, EndGain, EndBias];

    public static BertLayerWeights Of(float[][] all) =>
        new(all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8], all[9], all[10], all[11], all[12], all[13], all[14], all[15]);
}
