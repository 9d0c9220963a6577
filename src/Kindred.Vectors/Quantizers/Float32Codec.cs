using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>Vectors as they are: float32, padded with zeros to a multiple of 16 components; in the lists of an inverted index, which are read as fast as memory gives them, of 4.</summary>
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

    internal override int ListCodeBytes => ListFloats * sizeof(float);

    private int ListFloats => (Dimensions + 3) & ~3;

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

    internal override void EncodeInList(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code)
    {
        var row = MemoryMarshal.Cast<byte, float>(code[..ListCodeBytes]);
        vector.CopyTo(row);
        row[Dimensions..].Clear();
    }

    internal override void ScoreInList(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) GatherFours<SquaredL2Step>((float*)prepared, codes, stride, rows, scores, -1);
        else GatherFours<DotStep>((float*)prepared, codes, stride, rows, scores, 1);
    }

    internal override void ScoreRunInList(byte* prepared, byte* codes, nint stride, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) RunFours<SquaredL2Step>((float*)prepared, codes, stride, scores, -1);
        else RunFours<DotStep>((float*)prepared, codes, stride, scores, 1);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherFours<TStep>(float* query, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores, float sign)
        where TStep : struct, IStep
    {
        int bytes = ListCodeBytes, last = rows.Length - 1;
        for (int i = 0; i < Math.Min(4, rows.Length); i++) Fetch(codes + (rows[i] * stride), bytes);
        for (int i = 0; i < rows.Length; i += 4)
        {
            for (int next = i + 4; next < Math.Min(i + 8, rows.Length); next++) Fetch(codes + (rows[next] * stride), bytes);
            var four = Four<TStep>(query, Row(rows, i), Row(rows, i + 1), Row(rows, i + 2), Row(rows, i + 3)) * sign;
            for (int r = 0; r < 4 && i + r <= last; r++) scores[i + r] = four[r];
        }

        // a four that is not full is filled up with the last row
        float* Row(ReadOnlySpan<int> rows, int i) => (float*)(codes + (rows[Math.Min(i, last)] * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunFours<TStep>(float* query, byte* codes, nint stride, Span<float> scores, float sign)
        where TStep : struct, IStep
    {
        int i = 0;
        for (; i <= scores.Length - 4; i += 4, codes += 4 * stride)
            (Four<TStep>(query, (float*)codes, (float*)(codes + stride), (float*)(codes + (2 * stride)), (float*)(codes + (3 * stride))) * sign).CopyTo(scores[i..]);
        if (i == scores.Length) return;
        int last = scores.Length - 1 - i;
        var rest = Four<TStep>(query, (float*)codes, (float*)(codes + (Math.Min(1, last) * stride)), (float*)(codes + (Math.Min(2, last) * stride)), (float*)(codes + (last * stride))) * sign;
        for (int r = 0; r <= last; r++) scores[i + r] = rest[r];
    }

    /// <summary>Sums of the query with four rows of lists: the sums across registers, which cost as much as a short row, are shared. A row's sum does not depend on the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<float> Four<TStep>(float* query, float* r0, float* r1, float* r2, float* r3)
        where TStep : struct, IStep
    {
        nint j = 0, n = ListFloats;
        var (w0, w1, w2, w3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        if (Vector512.IsHardwareAccelerated)
        {
            for (; j <= n - 16; j += 16)
            {
                var q = Vector512.Load(query + j);
                w0 = TStep.Next(q, Vector512.Load(r0 + j), w0);
                w1 = TStep.Next(q, Vector512.Load(r1 + j), w1);
                w2 = TStep.Next(q, Vector512.Load(r2 + j), w2);
                w3 = TStep.Next(q, Vector512.Load(r3 + j), w3);
            }
        }

        var (h0, h1, h2, h3) = (w0.GetLower() + w0.GetUpper(), w1.GetLower() + w1.GetUpper(), w2.GetLower() + w2.GetUpper(), w3.GetLower() + w3.GetUpper());
        if (Vector256.IsHardwareAccelerated)
        {
            for (; j <= n - 8; j += 8)
            {
                var q = Vector256.Load(query + j);
                h0 = TStep.Next(q, Vector256.Load(r0 + j), h0);
                h1 = TStep.Next(q, Vector256.Load(r1 + j), h1);
                h2 = TStep.Next(q, Vector256.Load(r2 + j), h2);
                h3 = TStep.Next(q, Vector256.Load(r3 + j), h3);
            }
        }

        var (s0, s1, s2, s3) = (h0.GetLower() + h0.GetUpper(), h1.GetLower() + h1.GetUpper(), h2.GetLower() + h2.GetUpper(), h3.GetLower() + h3.GetUpper());
        for (; j < n; j += 4)
        {
            var q = Vector128.Load(query + j);
            s0 = TStep.Next(q, Vector128.Load(r0 + j), s0);
            s1 = TStep.Next(q, Vector128.Load(r1 + j), s1);
            s2 = TStep.Next(q, Vector128.Load(r2 + j), s2);
            s3 = TStep.Next(q, Vector128.Load(r3 + j), s3);
        }

        return Sse3.IsSupported
            ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(s0, s1), Sse3.HorizontalAdd(s2, s3))
            : Vector128.Create(Vector128.Sum(s0), Vector128.Sum(s1), Vector128.Sum(s2), Vector128.Sum(s3));
    }
}
