using System.Runtime.Intrinsics;

namespace Kindred.Words.Training;

/// <summary>Sums of padded rows.</summary>
internal static unsafe class RowStep
{
    /// <summary>to += factor · from.</summary>
    internal static void Add(float* to, float* from, float factor, int stride)
    {
        if (Vector512.IsHardwareAccelerated) Add<Lanes512>(to, from, factor, stride);
        else if (Vector256.IsHardwareAccelerated) Add<Lanes256>(to, from, factor, stride);
        else Add<Lanes128>(to, from, factor, stride);
    }

    private static void Add<T>(float* to, float* from, float factor, int stride)
        where T : struct, ILanes<T>
    {
        T times = T.All(factor);
        for (int i = 0; i < stride; i += T.Count) T.MultiplyAdd(times, T.Load(from + i), T.Load(to + i)).Store(to + i);
    }
}
