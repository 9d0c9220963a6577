namespace Kindred.Models.Tuning;

/// <summary>Adam with the decay apart from the slope (Loshchilov and Hutter 2019, algorithm 2).</summary>
internal sealed class AdamW(float[][] weights, float[][] slopes)
{
    private const float Momentum = 0.9f, Memory = 0.999f, Decay = 0.01f, Least = 1e-8f;

    /// <summary>Slopes longer than this are cut to it: one odd batch cannot throw the weights far.</summary>
    private const double MostLength = 1;

    private readonly float[][] means = [.. weights.Select(w => new float[w.Length])];
    private readonly float[][] squares = [.. weights.Select(w => new float[w.Length])];
    private int steps;

    public void Step(float rate)
    {
        steps++;
        double length = Math.Sqrt(slopes.Sum(s => (double)System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(s)));
        float cut = length > MostLength ? (float)(MostLength / length) : 1;
        float meanShare = 1 - MathF.Pow(Momentum, steps), squareShare = 1 - MathF.Pow(Memory, steps);
        Parallel.For(0, weights.Length, i =>
        {
            var (w, s, m, v) = (weights[i], slopes[i], means[i], squares[i]);
            for (int j = 0; j < w.Length; j++)
            {
                float slope = s[j] * cut;
                m[j] += (1 - Momentum) * (slope - m[j]);
                v[j] += (1 - Memory) * ((slope * slope) - v[j]);
                w[j] -= rate * ((m[j] / meanShare / (MathF.Sqrt(v[j] / squareShare) + Least)) + (Decay * w[j]));
            }
        });
    }
}
