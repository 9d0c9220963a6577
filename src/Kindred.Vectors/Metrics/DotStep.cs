using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>sum + x·y.</summary>
internal readonly struct DotStep : IStep
{
    public static Vector512<float> Next(Vector512<float> x, Vector512<float> y, Vector512<float> sum) => Vector512.MultiplyAddEstimate(x, y, sum);

    public static Vector256<float> Next(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => Vector256.MultiplyAddEstimate(x, y, sum);

    public static Vector128<float> Next(Vector128<float> x, Vector128<float> y, Vector128<float> sum) => Vector128.MultiplyAddEstimate(x, y, sum);

    public static float Next(float x, float y, float sum) => (x * y) + sum;
}
