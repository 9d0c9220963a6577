using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>One term of a sum over components, at each width of the machine.</summary>
internal interface IStep
{
    static abstract Vector512<float> Next(Vector512<float> x, Vector512<float> y, Vector512<float> sum);

    static abstract Vector256<float> Next(Vector256<float> x, Vector256<float> y, Vector256<float> sum);

    static abstract Vector128<float> Next(Vector128<float> x, Vector128<float> y, Vector128<float> sum);

    static abstract float Next(float x, float y, float sum);
}
