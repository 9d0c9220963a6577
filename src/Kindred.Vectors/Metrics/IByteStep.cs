using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>The terms of two neighbouring components, summed, of a sum over int8 vectors, at each width of the machine.</summary>
internal interface IByteStep
{
    static abstract Vector512<int> Pairs(Vector512<short> x, Vector512<short> y);

    static abstract Vector256<int> Pairs(Vector256<short> x, Vector256<short> y);

    static abstract Vector128<int> Pairs(Vector128<short> x, Vector128<short> y);

    static abstract int Term(int x, int y);
}
