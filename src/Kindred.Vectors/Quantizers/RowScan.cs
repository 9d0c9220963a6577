using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Quantizers;

/// <summary>The two loops over rows that every codec has.</summary>
internal static unsafe class RowScan
{
    /// <summary>Rows fetched ahead of the one being scored: codes are short, so more of them hide one access to memory.</summary>
    private const int Ahead = 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<TScorer>(TScorer scorer, byte* codes, nint stride, int bytes, ReadOnlySpan<int> rows, Span<float> scores)
        where TScorer : struct, IRowScorer
    {
        for (int i = 0; i < Math.Min(Ahead, rows.Length); i++) Float32Codec.Fetch(codes + (rows[i] * stride), bytes);
        for (int i = 0; i < rows.Length; i++)
        {
            if (i + Ahead < rows.Length) Float32Codec.Fetch(codes + (rows[i + Ahead] * stride), bytes);
            scores[i] = Hold(scorer.Score(codes + (rows[i] * stride)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TScorer>(TScorer scorer, byte* codes, nint stride, Span<float> scores)
        where TScorer : struct, IRowScorer
    {
        for (int i = 0; i < scores.Length; i++, codes += stride) scores[i] = Hold(scorer.Score(codes));
    }

    // a difference of two overflowed sums is NaN: it must not upset the order of the others
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Hold(float score) => score >= float.MinValue ? score : float.MinValue;

    /// <summary>Adds a number of the row's own that stands behind its code.</summary>
    public readonly struct WithOwn<TScorer>(TScorer scorer, int codeBytes) : IRowScorer
        where TScorer : struct, IRowScorer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code) => scorer.Score(code) + *(float*)(code + codeBytes);
    }
}
