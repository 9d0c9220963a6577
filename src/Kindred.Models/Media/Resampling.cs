using System.Numerics;
using System.Numerics.Tensors;

namespace Kindred.Models.Media;

/// <summary>
/// Changes how many samples a second a sound has: each new one is the sum of the old ones about it, weighed by a sinc under a Hann window
/// (Smith 1984, "A flexible sampling-rate conversion method"). New samples stand at few different places between two old ones, so the weights are worked out once for each.
/// </summary>
internal static class Resampling
{
    /// <summary>Zeros of the sinc on each side; where it begins to fall, as a share of the lower rate's half.</summary>
    private const int Zeros = 16;
    private const double Passed = 0.95;

    /// <returns>Shape [samples · to / from], rounded up.</returns>
    public static float[] Change(ReadOnlySpan<float> samples, int from, int to)
    {
        int common = (int)BigInteger.GreatestCommonDivisor(from, to), up = to / common, down = from / common;
        double cut = Passed * Math.Min(1, to / (double)from);
        int reach = (int)Math.Ceiling(Zeros / cut);
        float[] padded = [.. new float[reach], .. samples, .. new float[reach]], changed = new float[(int)((((long)samples.Length * up) + down - 1) / down)];
        var weights = new float[up][];
        for (int i = 0; i < changed.Length; i++)
        {
            var (whole, part) = Math.DivRem((long)i * down, up);
            changed[i] = TensorPrimitives.Dot<float>(weights[part] ??= Weights(part / (double)up, cut, reach), padded.AsSpan((int)whole + 1, 2 * reach));
        }

        return changed;
    }

    private static float[] Weights(double part, double cut, int reach)
    {
        double[] weights = [.. Enumerable.Range(1 - reach, 2 * reach).Select(i => i - part).Select(x => (x == 0 ? 1 : Math.Sin(Math.PI * cut * x) / (Math.PI * cut * x)) * (1 + Math.Cos(Math.PI * x / reach)))];
        double sum = weights.Sum();   // a constant stays what it is
        return [.. weights.Select(w => (float)(w / sum))];
    }
}
