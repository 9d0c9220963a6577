using System.Numerics;

namespace Kindred.Words.FastText;

/// <summary>The few operations of a text classifier's layers.</summary>
internal static class LinearLayer
{
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count) sums += new Vector<float>(x[i..]) * new Vector<float>(y[i..]);
        float sum = Vector.Sum(sums);
        for (; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    public static void Add(Span<float> to, ReadOnlySpan<float> from, float times)
    {
        var t = new Vector<float>(times);
        int i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(to[i..]) + (t * new Vector<float>(from[i..]))).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += times * from[i];
    }

    public static void Softmax(Span<float> scores)
    {
        float largest = float.NegativeInfinity, sum = 0;
        foreach (float s in scores) largest = Math.Max(largest, s);
        foreach (ref float s in scores) sum += s = MathF.Exp(s - largest);
        foreach (ref float s in scores) s /= sum;
    }
}
