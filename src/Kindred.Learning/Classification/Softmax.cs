namespace Kindred.Learning.Classification;

internal static class Softmax
{
    /// <summary>Scores become probabilities, in place.</summary>
    public static void Apply(Span<float> scores)
    {
        float largest = float.NegativeInfinity;
        foreach (float s in scores) largest = Math.Max(largest, s);
        double sum = 0;
        foreach (ref float s in scores) sum += s = MathF.Exp(s - largest);
        foreach (ref float s in scores) s = (float)(s / sum);
    }

    /// <summary>ln Σ exp.</summary>
    public static double LogSum(ReadOnlySpan<float> scores)
    {
        float largest = float.NegativeInfinity;
        foreach (float s in scores) largest = Math.Max(largest, s);
        double sum = 0;
        foreach (float s in scores) sum += Math.Exp(s - largest);
        return largest + Math.Log(sum);
    }

    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    /// <summary>ln(1 + exp(x)).</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
