using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Vectors.Metrics;

/// <summary>
/// The kernel for many queries: sixteen of them, component by component side by side, against a few rows at a time. Each component of a row is
/// spread over a register and meets all queries at once, so no sum lies across a register, and eight running sums keep the multiply units busy.
/// </summary>
internal static unsafe class QueryTile
{
    /// <summary>Queries of a tile.</summary>
    public const int Queries = 16;

    /// <summary>The most rows of a tile.</summary>
    public const int MostRows = 8;

    /// <summary>Rows of a tile on this machine: as many as give eight running sums.</summary>
    public static int Rows => Vector512.IsHardwareAccelerated ? 8 : Vector256.IsHardwareAccelerated ? 4 : 2;

    /// <summary>Sums of every query with every row.</summary>
    /// <param name="queries">Shape [dimensions][<see cref="Queries"/>].</param>
    /// <param name="rows">Shape [<see cref="Rows"/>]: where each row starts.</param>
    /// <param name="dimensions">Components of a row.</param>
    /// <param name="sums">Receives shape [<see cref="Rows"/>][<see cref="Queries"/>].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fold<TStep>(float* queries, float** rows, nint dimensions, float* sums)
        where TStep : struct, IStep
    {
        if (Vector512.IsHardwareAccelerated) Fold8<TStep>(queries, rows, dimensions, sums);
        else if (Vector256.IsHardwareAccelerated) Fold4<TStep>(queries, rows, dimensions, sums);
        else Fold2<TStep>(queries, rows, dimensions, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold8<TStep>(float* queries, float** rows, nint dimensions, float* sums)
        where TStep : struct, IStep
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var (s4, s5, s6, s7) = (s0, s1, s2, s3);
        for (nint j = 0; j < dimensions; j++, queries += Queries)
        {
            var q = Vector512.Load(queries);
            s0 = TStep.Next(q, Vector512.Create(r0[j]), s0);
            s1 = TStep.Next(q, Vector512.Create(r1[j]), s1);
            s2 = TStep.Next(q, Vector512.Create(r2[j]), s2);
            s3 = TStep.Next(q, Vector512.Create(r3[j]), s3);
            s4 = TStep.Next(q, Vector512.Create(r4[j]), s4);
            s5 = TStep.Next(q, Vector512.Create(r5[j]), s5);
            s6 = TStep.Next(q, Vector512.Create(r6[j]), s6);
            s7 = TStep.Next(q, Vector512.Create(r7[j]), s7);
        }

        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        s4.Store(sums + 64);
        s5.Store(sums + 80);
        s6.Store(sums + 96);
        s7.Store(sums + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold4<TStep>(float* queries, float** rows, nint dimensions, float* sums)
        where TStep : struct, IStep
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        var (a0, a1, a2, a3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (b0, b1, b2, b3) = (a0, a1, a2, a3);
        for (nint j = 0; j < dimensions; j++, queries += Queries)
        {
            Vector256<float> p = Vector256.Load(queries), q = Vector256.Load(queries + 8);
            var r = Vector256.Create(r0[j]);
            a0 = TStep.Next(p, r, a0);
            b0 = TStep.Next(q, r, b0);
            r = Vector256.Create(r1[j]);
            a1 = TStep.Next(p, r, a1);
            b1 = TStep.Next(q, r, b1);
            r = Vector256.Create(r2[j]);
            a2 = TStep.Next(p, r, a2);
            b2 = TStep.Next(q, r, b2);
            r = Vector256.Create(r3[j]);
            a3 = TStep.Next(p, r, a3);
            b3 = TStep.Next(q, r, b3);
        }

        a0.Store(sums);
        b0.Store(sums + 8);
        a1.Store(sums + 16);
        b1.Store(sums + 24);
        a2.Store(sums + 32);
        b2.Store(sums + 40);
        a3.Store(sums + 48);
        b3.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold2<TStep>(float* queries, float** rows, nint dimensions, float* sums)
        where TStep : struct, IStep
    {
        float* r0 = rows[0], r1 = rows[1];
        var (a0, a1, a2, a3) = (Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
        var (b0, b1, b2, b3) = (a0, a1, a2, a3);
        for (nint j = 0; j < dimensions; j++, queries += Queries)
        {
            Vector128<float> q0 = Vector128.Load(queries), q1 = Vector128.Load(queries + 4), q2 = Vector128.Load(queries + 8), q3 = Vector128.Load(queries + 12);
            var r = Vector128.Create(r0[j]);
            a0 = TStep.Next(q0, r, a0);
            a1 = TStep.Next(q1, r, a1);
            a2 = TStep.Next(q2, r, a2);
            a3 = TStep.Next(q3, r, a3);
            r = Vector128.Create(r1[j]);
            b0 = TStep.Next(q0, r, b0);
            b1 = TStep.Next(q1, r, b1);
            b2 = TStep.Next(q2, r, b2);
            b3 = TStep.Next(q3, r, b3);
        }

        a0.Store(sums);
        a1.Store(sums + 4);
        a2.Store(sums + 8);
        a3.Store(sums + 12);
        b0.Store(sums + 16);
        b1.Store(sums + 20);
        b2.Store(sums + 24);
        b3.Store(sums + 28);
    }
}
