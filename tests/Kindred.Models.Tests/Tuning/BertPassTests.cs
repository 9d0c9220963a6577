using Kindred.Models.Tuning;

namespace Kindred.Models.Tests.Tuning;

public sealed class BertPassTests
{
    private static readonly int[][] Ids = [[1, 7, 3, 9, 2], [1, 4, 2], [1, 12, 12, 5, 8, 2], [1, 6, 2]];
    private static readonly int[] Classes = [0, 1, 0, 1];

    [Fact]
    public void Slopes_are_those_that_small_changes_of_each_weight_show()
    {
        var weights = Some(layers: 2, width: 32, heads: 2, inner: 48);
        var pass = new BertPass(weights);
        pass.Back(BertTuner.Slopes(pass.Run(Ids), pass.Starts, 32, Classes, out _));
        var random = new Random(3);
        for (int l = 0; l < 2; l++)
        {
            float[][] all = weights.Layers[l].All, slopes = pass.Slopes[l].All;
            for (int w = 0; w < all.Length; w++)
            {
                // the bias of the keys moves all of a token's scores alike: softmax does not see it
                if (w != 3) Assert.Contains(slopes[w], s => Math.Abs(s) > 1e-4);
                for (int trial = 0; trial < 12; trial++)
                {
                    int at = random.Next(all[w].Length);
                    const float Change = 4e-3f;
                    float before = all[w][at];
                    all[w][at] = before + Change;
                    double above = Loss(weights);
                    all[w][at] = before - Change;
                    double below = Loss(weights);
                    all[w][at] = before;
                    double measured = (above - below) / (2 * Change);
                    Assert.True(Math.Abs(measured - slopes[w][at]) < 1e-3 + (0.02 * Math.Abs(measured)), $"layer {l}, weight {w}[{at}]: {measured} measured, {slopes[w][at]} computed");
                }
            }
        }
    }

    [Fact]
    public void A_text_is_the_same_beside_others_and_alone()
    {
        var weights = Some(layers: 2, width: 32, heads: 2, inner: 48);
        var pass = new BertPass(weights);
        float[] together = [.. pass.Run(Ids)];
        int first = pass.Starts[2];
        float[] alone = new BertPass(weights).Run([Ids[2]]);
        for (int i = 0; i < Ids[2].Length * 32; i++) Assert.Equal(alone[i], together[(first * 32) + i], 1e-5f);
    }

    private static double Loss(BertWeights weights)
    {
        var pass = new BertPass(weights);
        BertTuner.Slopes(pass.Run(Ids), pass.Starts, weights.Width, Classes, out double loss);
        return loss;
    }

    internal static BertWeights Some(int layers, int width, int heads, int inner)
    {
        var random = new Random(11);
        return new BertWeights
        {
            Width = width,
            Heads = heads,
            Inner = inner,
            Words = Numbers(16 * width, 1),
            Positions = Numbers(8 * width, 0.3f),
            NormGain = Numbers(width, 0.3f, 1),
            NormBias = Numbers(width, 0.3f),
            Layers = [.. Enumerable.Range(0, layers).Select(_ => new BertLayerWeights(
                Numbers(width * width, 0.4f), Numbers(width, 0.3f), Numbers(width * width, 0.4f), Numbers(width, 0.3f), Numbers(width * width, 0.4f), Numbers(width, 0.3f), Numbers(width * width, 0.4f), Numbers(width, 0.3f),
                Numbers(width, 0.3f, 1), Numbers(width, 0.3f), Numbers(width * inner, 0.3f), Numbers(inner, 0.3f), Numbers(inner * width, 0.3f), Numbers(width, 0.3f), Numbers(width, 0.3f, 1), Numbers(width, 0.3f)))],
        };

        float[] Numbers(int count, float range, float around = 0) => [.. Enumerable.Range(0, count).Select(_ => around + (((random.NextSingle() * 2) - 1) * range))];
    }
}
