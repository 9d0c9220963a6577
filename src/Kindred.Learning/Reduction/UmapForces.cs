using System.Runtime.Intrinsics;

namespace Kindred.Learning.Reduction;

/// <summary>How points of a map pull and push each other: the gradients of the cross entropy under 1 / (1 + a·x^2b) (McInnes, Healy and Melville 2018, section 3.2), for several others at once.</summary>
internal readonly struct UmapForces((double A, double B) curve, int components)
{
    /// <summary>Others that act in one step.</summary>
    public const int Lanes = 8;

    /// <summary>Nothing moves a coordinate by more, times the rate.</summary>
    private const float MostStep = 4;

    private readonly float _a = (float)curve.A, _b = (float)curve.B;

    /// <summary>Moves a place by what others do to it.</summary>
    /// <param name="place">Shape [components]; moved.</param>
    /// <param name="now">The places of all points, shape [n · components].</param>
    /// <param name="others">Who acts, at most <see cref="Lanes"/>; one at the same place does nothing.</param>
    /// <param name="pulls">Whether the first one pulls; all others push.</param>
    /// <param name="rate">Share of the gradient that is gone.</param>
    public void Move(Span<float> place, float[] now, ReadOnlySpan<int> others, bool pulls, float rate)
    {
        Span<float> squares = stackalloc float[Lanes], by = stackalloc float[Lanes];
        squares.Clear();
        for (int l = 0; l < others.Length; l++)
            for (int c = 0; c < components; c++)
            {
                float difference = place[c] - now[(others[l] * components) + c];
                squares[l] += difference * difference;
            }

        var square = Vector256.Create<float>(squares);
        var power = Vector256.Exp(_b * Vector256.Log(square));
        var bottom = (_a * power) + Vector256<float>.One;
        var push = Vector256.Create(2 * _b) / ((square + Vector256.Create(0.001f)) * bottom);
        push.CopyTo(by);

        // half the gradient: in a round both ends of an edge move, each to where the other was, and full steps would carry them past each other
        if (pulls) by[0] = -_a * _b * power[0] / (square[0] * bottom[0]);
        Span<float> moved = stackalloc float[components];
        moved.Clear();
        for (int l = 0; l < others.Length; l++)
        {
            if (!(squares[l] > 0)) continue;
            for (int c = 0; c < components; c++) moved[c] += Math.Clamp(by[l] * (place[c] - now[(others[l] * components) + c]), -MostStep, MostStep);
        }

        for (int c = 0; c < components; c++) place[c] += rate * moved[c];
    }
}
