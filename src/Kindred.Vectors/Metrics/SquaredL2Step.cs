using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>sum + (x − y)².</summary>
internal readonly struct SquaredL2Step : IStep
{
    public static Vector512<float> Next(Vector512<float> x, Vector512<float> y, Vector512<float> sum)
    {
        var d = x - y;
        return Vector512.MultiplyAddEstimate(d, d, sum);
    }

    public static Vector256<float> Next(Vector256<float> x, Vector256<float> y, Vector256<float> sum)
    {
        var d = x - y;
        return Vector256.MultiplyAddEstimate(d, d, sum);
    }

    public static Vector128<float> Next(Vector128<float> x, Vector128<float> y, Vector128<float> sum)
    {
        var d = x - y;
        return Vector128.MultiplyAddEstimate(d, d, sum);
    }

    public static float Next(float x, float y, float sum)
    {
        float d = x - y;
        return (d * d) + sum;
    }
}
