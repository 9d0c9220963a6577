namespace Kindred.Words.Files;

/// <summary>One vector as int8 and a scale: x ≈ scale · q. The largest component becomes ±127, and the scale keeps the norm exact.</summary>
internal static class RowQuantizer
{
    /// <summary>A row shorter than this has no direction that float can hold: it is kept as zeros.</summary>
    internal const double LeastNorm = 1e-18;

    /// <summary>A component beyond this would overflow a float dot product; readers refuse it.</summary>
    internal const float LargestComponent = 1e18f;

    /// <summary>Whether all components are finite and at most <see cref="LargestComponent"/>.</summary>
    internal static bool Holds(ReadOnlySpan<float> x) => x.IndexOfAnyExceptInRange(-LargestComponent, LargestComponent) < 0;

    /// <summary>Quantises a row; the direction is off by at most asin(√d · max|x| / (254 · ‖x‖)).</summary>
    /// <returns>The scale: ‖x‖ / ‖q‖, or 0 for a row without direction.</returns>
    internal static float Quantize(ReadOnlySpan<float> x, Span<sbyte> q)
    {
        double norm = Norm(x), max = 0;
        foreach (float value in x) max = Math.Max(max, Math.Abs((double)value));
        if (norm < LeastNorm)
        {
            q.Clear();
            return 0;
        }
        long squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            int level = (int)Math.Round(x[i] / max * 127, MidpointRounding.ToEven);
            q[i] = (sbyte)level;
            squares += level * level;
        }
        return (float)(norm / Math.Sqrt(squares));
    }

    /// <summary>Length of a vector, in double precision.</summary>
    internal static double Norm(ReadOnlySpan<float> x)
    {
        double squares = 0;
        foreach (float value in x) squares += (double)value * value;
        return Math.Sqrt(squares);
    }
}
