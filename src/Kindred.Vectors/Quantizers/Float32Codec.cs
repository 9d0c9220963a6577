using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>Vectors as they are: float32, padded with zeros to a multiple of 16 components.</summary>
public sealed unsafe class Float32Codec : VectorCodec
{
    /// <summary>Rows fetched ahead of the one being scored: enough to hide memory behind three distances, few enough to stay in the first cache.</summary>
    private const int Ahead = 3;

    private const int CacheLine = 64;

    /// <summary>Creates the codec; there is nothing to train.</summary>
    /// <param name="dimensions">Length of every vector, 1 to 65,536.</param>
    /// <param name="metric">What is scored.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions are out of range.</exception>
    public Float32Codec(int dimensions, MetricKind metric)
        : base(dimensions, metric)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, Indexes.FlatIndex.MaxDimensions);
    }

    /// <inheritdoc/>
    public override string Name => "none";

    /// <inheritdoc/>
    public override bool IsExact => true;

    /// <inheritdoc/>
    public override int CodeBytes => ((Dimensions + 15) & ~15) * sizeof(float);

    /// <inheritdoc/>
    public override int QueryBytes => CodeBytes;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> vector, Span<byte> code)
    {
        var row = MemoryMarshal.Cast<byte, float>(code[..CodeBytes]);
        vector.CopyTo(row);
        row[Dimensions..].Clear();
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> code, Span<float> vector) => MemoryMarshal.Cast<byte, float>(code)[..Dimensions].CopyTo(vector);

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> query, Span<byte> prepared) => Encode(query, prepared);

    internal override void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) Gather<SquaredL2Step>(prepared, codes, stride, rows, scores, -1);
        else Gather<DotStep>(prepared, codes, stride, rows, scores, 1);
    }

    internal override void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) Run<SquaredL2Step>(prepared, codes, stride, scores, -1);
        else Run<DotStep>(prepared, codes, stride, scores, 1);
    }

    internal override void Save(BinaryWriter writer)
    {
    }

    /// <summary>Asks for a row before it is needed, all of its cache lines: the hardware does not foresee jumps along a graph.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Fetch(byte* row, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int at = 0; at < bytes; at += CacheLine) Sse.Prefetch0(row + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather<TStep>(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores, float sign)
        where TStep : struct, IStep
    {
        int bytes = CodeBytes;
        nint n = bytes / sizeof(float);
        for (int i = 0; i < Math.Min(Ahead, rows.Length); i++) Fetch(codes + (rows[i] * stride), bytes);
        for (int i = 0; i < rows.Length; i++)
        {
            if (i + Ahead < rows.Length) Fetch(codes + (rows[i + Ahead] * stride), bytes);
            scores[i] = sign * Metrics.Metric.FoldPadded<TStep>((float*)prepared, (float*)(codes + (rows[i] * stride)), n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TStep>(byte* prepared, byte* codes, nint stride, Span<float> scores, float sign)
        where TStep : struct, IStep
    {
        nint n = CodeBytes / sizeof(float);
        for (int i = 0; i < scores.Length; i++, codes += stride)
            scores[i] = sign * Metrics.Metric.FoldPadded<TStep>((float*)prepared, (float*)codes, n);
    }
}
