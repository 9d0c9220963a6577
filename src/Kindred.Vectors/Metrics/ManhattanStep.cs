using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>sum + |x − y|.</summary>
internal readonly struct ManhattanStep : IStep
{
    public static Vector512<float> Next(Vector512<float> x, Vector512<float> y, Vector512<float> sum) => sum + Vector512.Abs(x - y);

    public static Vector256<float> Next(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => sum + Vector256.Abs(x - y);

    public static Vector128<float> Next(Vector128<float> x, Vector128<float> y, Vector128<float> sum) => sum + Vector128.Abs(x - y);

    public static float Next(float x, float y, float sum) => sum + Math.Abs(x - y);
}
