namespace Kindred.Learning.Tests;

/// <summary>What kernels are held against.</summary>
internal static class DoublePrecision
{
    public static double Cosine(ReadOnlyMemory<float> x, ReadOnlyMemory<float> y)
    {
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xy += (double)x.Span[i] * y.Span[i];
            xx += (double)x.Span[i] * x.Span[i];
            yy += (double)y.Span[i] * y.Span[i];
        }

        return xy / Math.Sqrt(xx * yy);
    }
}
