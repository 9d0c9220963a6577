using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Words.Kernels;

/// <summary>Scores of an analogy over many candidates, of which x, y and z hold the cosines with A, B and C.</summary>
internal static unsafe class AnalogyKernel
{
    /// <summary>y - x + z for 3CosAdd, y·z / (x + 0.001) for 3CosMul. Each width rounds as this does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Score(float x, float y, float z, AnalogyRule rule) =>
        rule == AnalogyRule.Add ? y - x + z : y * z / (x + (float)WordVectors.ProductEpsilon);

    /// <summary>The greatest score of so many candidates.</summary>
    internal static float Max(float* x, float* y, float* z, int count, AnalogyRule rule)
    {
        int i = 0;
        var m512 = Vector512.Create(float.NegativeInfinity);
        if (Vector512.IsHardwareAccelerated)
        {
            var epsilon = Vector512.Create((float)WordVectors.ProductEpsilon);
            if (rule == AnalogyRule.Add) for (; count - i >= 16; i += 16) m512 = Vector512.Max(m512, Vector512.Load(y + i) - Vector512.Load(x + i) + Vector512.Load(z + i));
            else for (; count - i >= 16; i += 16) m512 = Vector512.Max(m512, Vector512.Load(y + i) * Vector512.Load(z + i) / (Vector512.Load(x + i) + epsilon));
        }
        var m256 = Vector256.Max(m512.GetLower(), m512.GetUpper());
        if (Vector256.IsHardwareAccelerated)
        {
            var epsilon = Vector256.Create((float)WordVectors.ProductEpsilon);
            if (rule == AnalogyRule.Add) for (; count - i >= 8; i += 8) m256 = Vector256.Max(m256, Vector256.Load(y + i) - Vector256.Load(x + i) + Vector256.Load(z + i));
            else for (; count - i >= 8; i += 8) m256 = Vector256.Max(m256, Vector256.Load(y + i) * Vector256.Load(z + i) / (Vector256.Load(x + i) + epsilon));
        }
        var m128 = Vector128.Max(m256.GetLower(), m256.GetUpper());
        if (Vector128.IsHardwareAccelerated)
        {
            var epsilon = Vector128.Create((float)WordVectors.ProductEpsilon);
            if (rule == AnalogyRule.Add) for (; count - i >= 4; i += 4) m128 = Vector128.Max(m128, Vector128.Load(y + i) - Vector128.Load(x + i) + Vector128.Load(z + i));
            else for (; count - i >= 4; i += 4) m128 = Vector128.Max(m128, Vector128.Load(y + i) * Vector128.Load(z + i) / (Vector128.Load(x + i) + epsilon));
        }
        float max = m128[0];
        for (int lane = 1; lane < 4; lane++) max = Math.Max(max, m128[lane]);
        for (; i < count; i++) max = Math.Max(max, Score(x[i], y[i], z[i], rule));
        return max;
    }
}
