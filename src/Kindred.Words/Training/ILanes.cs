using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Words.Training;

/// <summary>A vector of one width, so that a training kernel is written once.</summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    static abstract int Count { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Load(float* from);

    static abstract TSelf All(float x);

    /// <summary>a * b + c.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>1 / √a, to some 12 bits.</summary>
    static abstract TSelf ReciprocalSqrtEstimate(TSelf a);

    void Store(float* to);

    /// <summary>Sums by fours: lane i of the result is the sum of lanes i, i + 4, i + 8, …</summary>
    Vector128<float> Fold();
}

internal readonly unsafe struct Lanes512(Vector512<float> v) : ILanes<Lanes512>
{
    private readonly Vector512<float> _v = v;

    public static int Count => 16;

    public static Lanes512 Zero => default;

    public static Lanes512 Load(float* from) => new(Vector512.LoadAligned(from));

    public static Lanes512 All(float x) => new(Vector512.Create(x));

    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.MultiplyAddEstimate(a._v, b._v, c._v));

    public static Lanes512 ReciprocalSqrtEstimate(Lanes512 a) => new(Avx512F.IsSupported ? Avx512F.ReciprocalSqrt14(a._v) : Vector512<float>.One / Vector512.Sqrt(a._v));

    public void Store(float* to) => _v.StoreAligned(to);

    public Vector128<float> Fold()
    {
        var half = _v.GetLower() + _v.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}

internal readonly unsafe struct Lanes256(Vector256<float> v) : ILanes<Lanes256>
{
    private readonly Vector256<float> _v = v;

    public static int Count => 8;

    public static Lanes256 Zero => default;

    public static Lanes256 Load(float* from) => new(Vector256.LoadAligned(from));

    public static Lanes256 All(float x) => new(Vector256.Create(x));

    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.MultiplyAddEstimate(a._v, b._v, c._v));

    public static Lanes256 ReciprocalSqrtEstimate(Lanes256 a) => new(Avx.IsSupported ? Avx.ReciprocalSqrt(a._v) : Vector256<float>.One / Vector256.Sqrt(a._v));

    public void Store(float* to) => _v.StoreAligned(to);

    public Vector128<float> Fold() => _v.GetLower() + _v.GetUpper();
}

internal readonly unsafe struct Lanes128(Vector128<float> v) : ILanes<Lanes128>
{
    private readonly Vector128<float> _v = v;

    public static int Count => 4;

    public static Lanes128 Zero => default;

    public static Lanes128 Load(float* from) => new(Vector128.LoadAligned(from));

    public static Lanes128 All(float x) => new(Vector128.Create(x));

    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) => new(Vector128.MultiplyAddEstimate(a._v, b._v, c._v));

    public static Lanes128 ReciprocalSqrtEstimate(Lanes128 a) => new(Sse.IsSupported ? Sse.ReciprocalSqrt(a._v) : Vector128<float>.One / Vector128.Sqrt(a._v));

    public void Store(float* to) => _v.StoreAligned(to);

    public Vector128<float> Fold() => _v;
}
