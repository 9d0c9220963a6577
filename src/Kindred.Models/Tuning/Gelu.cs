namespace Kindred.Models.Tuning;

/// <summary>x·Φ(x), Φ being the normal distribution (Hendrycks and Gimpel 2016), and its slope.</summary>
internal static class Gelu
{
    /// <summary>Replaces each x, and gives the slopes there.</summary>
    public static void Apply(Span<float> x, Span<float> slope)
    {
        for (int i = 0; i < x.Length; i++)
        {
            float v = x[i], bell = MathF.Exp(-0.5f * v * v), share = Share(v, bell);
            slope[i] = share + (v * bell * 0.39894228f);
            x[i] = v * share;
        }
    }

    /// <summary>Φ(x) within 1e-7 (Abramowitz and Stegun 1964, 7.1.26).</summary>
    private static float Share(float x, float bell)
    {
        float t = 1 / (1 + (0.3275911f * 0.70710678f * MathF.Abs(x)));
        float tail = 0.5f * bell * t * (0.254829592f + (t * (-0.284496736f + (t * (1.421413741f + (t * (-1.453152027f + (t * 1.061405429f))))))));
        return x >= 0 ? 1 - tail : tail;
    }
}
