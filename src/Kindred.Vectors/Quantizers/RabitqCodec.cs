using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// RaBitQ (Gao &amp; Long 2024, sections 3.1 to 3.3; 2 to 7 bits: Gao et al. 2025, section 3). A vector less the mean is turned at random and kept as
/// the nearest direction of a grid, 1 to 7 bits a component. Over the random rotations the score is right on average, and <see cref="Bound"/> tells
/// how far off it may be. Queries are quantised too, and products are counts of bits.
/// </summary>
/// <remarks>A score is an estimate: it may lie a little past the metric's limits. Immutable: may be used from several threads at once.</remarks>
public sealed unsafe class RabitqCodec : VectorCodec
{
    /// <summary>Standard deviations in <see cref="Bound"/>.</summary>
    private const float BoundDeviations = 3;

    private const int HeadBytes = 64;

    private const int HeadFloats = HeadBytes / sizeof(float);

    /// <summary>Factor, addend and deviation of a row, in front of its bits.</summary>
    private const int Factors = 3;

    private readonly float[] _mean;
    private readonly HadamardRotation _rotation;
    private readonly ulong _seed;

    private RabitqCodec(int dimensions, MetricKind metric, int bits, ulong seed, float[] mean)
        : base(dimensions, metric)
    {
        if (bits is < 1 or > 7) throw new ArgumentOutOfRangeException(nameof(bits), bits, "A RaBitQ code has 1 to 7 bits.");
        Bits = bits;
        _seed = seed;
        _mean = mean;
        _rotation = new HadamardRotation(dimensions, seed);
    }

    /// <summary>Bits of a component: 1 to 7.</summary>
    public int Bits { get; }

    /// <inheritdoc/>
    public override string Name => "rabitq";

    /// <inheritdoc/>
    public override int CodeBytes => (Factors * sizeof(float)) + (Blocks * Bits * sizeof(ulong));

    /// <inheritdoc/>
    public override int QueryBytes => HeadBytes + (Blocks * QueryBits * sizeof(ulong));

    /// <summary>Bits of a query's component: enough that the code's own error outweighs the query's.</summary>
    private int QueryBits => Math.Min(8, Bits + 3);

    /// <summary>Runs of 64 components, of which a bit plane is one word.</summary>
    private int Blocks => _rotation.Size / 64;

    /// <summary>Learns the mean of the vectors and draws a rotation.</summary>
    /// <param name="sample">Some of the vectors to be coded, each of shape [dimensions], finite; a few thousand are plenty, none is allowed.</param>
    /// <param name="dimensions">Length of every vector, 1 to 65,536.</param>
    /// <param name="metric">What is scored.</param>
    /// <param name="bits">Bits of a component: 1 to 7.</param>
    /// <param name="seed">Of the rotation.</param>
    /// <exception cref="ArgumentException">A vector has another length or a component that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions or the bits are out of range.</exception>
    public static RabitqCodec Train(IReadOnlyList<ReadOnlyMemory<float>> sample, int dimensions, MetricKind metric, int bits = 1, int seed = 1) =>
        new(dimensions, metric, bits, (ulong)seed, ScalarCodec.RobustMean(sample, ScalarCodec.CheckedDimensions(dimensions)));

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> vector, Span<byte> code)
    {
        int size = _rotation.Size;
        float[] rented = ArrayPool<float>.Shared.Rent(size);
        var rest = rented.AsSpan(0, size);
        double square = Centre(vector, rest), withMean = 0;
        for (int i = 0; i < Dimensions; i++) withMean += (double)_mean[i] * rest[i];
        _rotation.Apply(rest);

        float largest = 0;
        foreach (float v in rest) largest = Math.Max(largest, Math.Abs(v));
        int top = (1 << (Bits - 1)) - 1;
        float scale = largest > 0 ? BestScale(rest, largest, top) : 0;
        code[..CodeBytes].Clear();
        var words = MemoryMarshal.Cast<byte, ulong>(code[(Factors * sizeof(float))..CodeBytes]);
        double dot = 0, length = 0;
        for (int i = 0; i < size; i++)
        {
            int magnitude = (int)Math.Min(Math.Abs(rest[i]) * scale, top);
            int level = rest[i] < 0 ? top - magnitude : top + 1 + magnitude;
            double y = magnitude + 0.5;
            dot += y * Math.Abs(rest[i]);
            length += y * y;
            for (int p = 0; p < Bits; p++) words[((i / 64) * Bits) + p] |= (ulong)((level >> p) & 1) << (i % 64);
        }

        // cos: how near the grid's direction comes to the vector's own
        double cos = square > 0 ? Math.Min(1, dot / Math.Sqrt(square * length)) : 0;
        var factors = MemoryMarshal.Cast<byte, float>(code[..(Factors * sizeof(float))]);
        factors[0] = dot > 0 ? (float)(square / dot) : 0;
        factors[1] = (float)(Metric == MetricKind.SquaredL2 ? -square : withMean);
        factors[2] = cos > 0 ? (float)Math.Sqrt(square * (1 - (cos * cos)) / (cos * cos * (size - 1))) : 0;
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> code, Span<float> vector)
    {
        int size = _rotation.Size;
        float[] rented = ArrayPool<float>.Shared.Rent(size);
        var rest = rented.AsSpan(0, size);
        double length = Levels(code, rest);
        var factors = MemoryMarshal.Cast<byte, float>(code[..(Factors * sizeof(float))]);

        // the factor that is right on average is too long by 1/cos²
        double over = factors[0] * Math.Sqrt(length), sine = over > 0 ? factors[2] * Math.Sqrt(size - 1) / over : 0;
        float scale = (float)(factors[0] * (1 - (sine * sine)));
        for (int i = 0; i < size; i++) rest[i] *= scale;
        _rotation.Undo(rest);
        for (int i = 0; i < Dimensions; i++) vector[i] = rest[i] + _mean[i];
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> query, Span<byte> prepared)
    {
        int size = _rotation.Size;
        float[] rented = ArrayPool<float>.Shared.Rent(size);
        var rest = rented.AsSpan(0, size);
        double square = Centre(query, rest), withMean = 0;
        for (int i = 0; i < Dimensions; i++) withMean += (double)query[i] * _mean[i];
        _rotation.Apply(rest);

        float largest = 0;
        foreach (float v in rest) largest = Math.Max(largest, Math.Abs(v));
        int top = (1 << (QueryBits - 1)) - 1;
        double step = largest / (double)top, scale = largest > 0 ? 1 / step : 0;
        prepared[..QueryBytes].Clear();
        var words = MemoryMarshal.Cast<byte, ulong>(prepared[HeadBytes..QueryBytes]);
        long sum = 0;
        for (int i = 0; i < size; i++)
        {
            int k = (int)Math.Round(rest[i] * scale);
            sum += k;
            for (int j = 0; j < QueryBits; j++) words[((i / 64) * QueryBits) + j] |= (ulong)((k >> j) & 1) << (i % 64);
        }

        var head = MemoryMarshal.Cast<byte, float>(prepared[..HeadBytes])[..HeadFloats];
        head[0] = (float)step;
        head[1] = (float)(step * sum * ((1 << Bits) - 1) / 2.0);
        head[2] = (float)(Metric == MetricKind.SquaredL2 ? -square : withMean);
        head[3] = (float)Math.Sqrt(square);
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>How far a score may be off: three standard deviations of the estimate over the random rotations, which hold for about 997 pairs in 1,000.</summary>
    /// <param name="prepared">From <see cref="Prepare"/>.</param>
    /// <param name="code">From <see cref="Encode"/>.</param>
    /// <returns>The largest likely |score − exact score|, in units of the score.</returns>
    public float Bound(ReadOnlySpan<byte> prepared, ReadOnlySpan<byte> code)
    {
        var head = MemoryMarshal.Cast<byte, float>(prepared[..HeadBytes]);
        var factors = MemoryMarshal.Cast<byte, float>(code[..(Factors * sizeof(float))]);

        // Gao & Long 2024, theorem 3.2, and beside it the rounding of the query: an even spread over one step
        double length = Levels(code, []), own = factors[2] * (double)head[3], query = factors[0] * Math.Sqrt(length / 12) * head[0];
        return (float)(BoundDeviations * (Metric == MetricKind.SquaredL2 ? 2 : 1) * Math.Sqrt((own * own) + (query * query)));
    }

    internal override void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores)
    {
        if (Bits == 1) RowScan.Gather(new OneBitScorer(this, prepared), codes, stride, CodeBytes, rows, scores);
        else RowScan.Gather(new Scorer(this, prepared), codes, stride, CodeBytes, rows, scores);
    }

    internal override void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores)
    {
        if (Bits == 1) RowScan.Run(new OneBitScorer(this, prepared), codes, stride, scores);
        else RowScan.Run(new Scorer(this, prepared), codes, stride, scores);
    }

    internal override void Save(BinaryWriter writer)
    {
        writer.Write(Bits);
        writer.Write(_seed);
        writer.Write(MemoryMarshal.AsBytes(_mean.AsSpan()));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A field is out of its range.</exception>
    internal static RabitqCodec Load(BinaryReader reader, int dimensions, MetricKind metric)
    {
        int bits = reader.ReadInt32();
        if (bits is < 1 or > 7) throw new InvalidDataException($"a RaBitQ code of {bits} bits");
        ulong seed = reader.ReadUInt64();
        var mean = new float[ScalarCodec.CheckedDimensions(dimensions)];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(mean.AsSpan()));
        if (Metrics.Metric.IndexOfNonFinite(mean) >= 0) throw new InvalidDataException("a mean that is not finite");
        return new RabitqCodec(dimensions, metric, bits, seed, mean);
    }

    private double Centre(ReadOnlySpan<float> vector, Span<float> rest)
    {
        double square = 0;
        for (int i = 0; i < Dimensions; i++)
        {
            rest[i] = vector[i] - _mean[i];
            square += (double)rest[i] * rest[i];
        }

        rest[Dimensions..].Clear();
        return square;
    }

    /// <summary>Of some scales of the grid the one under which its direction comes nearest to the vector's (Gao et al. 2025, section 3.2, on a fixed ladder of scales).</summary>
    private static float BestScale(ReadOnlySpan<float> rest, float largest, int top)
    {
        float best = (top + 1) / largest;
        if (top == 0) return best;
        double bestCos = 0;
        for (int step = 0; step < 15; step++)
        {
            float scale = (top + 0.999f) / (largest * (1 - (0.05f * step)));
            float dot = 0, length = 0;
            foreach (float v in rest)
            {
                float a = Math.Abs(v);
                float y = (int)Math.Min(a * scale, top) + 0.5f;
                dot += a * y;
                length += y * y;
            }

            double cos = dot / Math.Sqrt(length);
            if (cos > bestCos) (best, bestCos) = (scale, cos);
        }

        return best;
    }

    /// <summary>The grid's point of a code, where there is room for it, and its squared length.</summary>
    private double Levels(ReadOnlySpan<byte> code, Span<float> levels)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(code[(Factors * sizeof(float))..CodeBytes]);
        float half = ((1 << Bits) - 1) / 2f;
        double length = 0;
        for (int i = 0; i < _rotation.Size; i++)
        {
            int level = 0;
            for (int p = 0; p < Bits; p++) level |= (int)((words[((i / 64) * Bits) + p] >> (i % 64)) & 1) << p;
            float y = level - half;
            length += (double)y * y;
            if (!levels.IsEmpty) levels[i] = y;
        }

        return length;
    }

    private readonly struct OneBitScorer(RabitqCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float _step = *(float*)prepared;
        private readonly float _less = ((float*)prepared)[1];
        private readonly float _bias = ((float*)prepared)[2];
        private readonly float _times = codec.Metric == MetricKind.SquaredL2 ? 2 : 1;
        private readonly ulong* _query = (ulong*)(prepared + HeadBytes);
        private readonly nint _blocks = codec.Blocks;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* factors = (float*)code;
            ulong* words = (ulong*)(factors + Factors);
            ulong* q = _query;
            int s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (nint b = 0; b < _blocks; b++, q += 4)
            {
                ulong w = words[b];
                s0 += BitOperations.PopCount(w & q[0]);
                s1 += BitOperations.PopCount(w & q[1]);
                s2 += BitOperations.PopCount(w & q[2]);
                s3 += BitOperations.PopCount(w & q[3]);
            }

            // the highest plane is the sign of a two's complement
            int sum = s0 + (2 * s1) + (4 * s2) - (8 * s3);
            return (factors[0] * _times * ((_step * sum) - _less)) + factors[1] + _bias;
        }
    }

    private readonly struct Scorer(RabitqCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float _step = *(float*)prepared;
        private readonly float _less = ((float*)prepared)[1];
        private readonly float _bias = ((float*)prepared)[2];
        private readonly float _times = codec.Metric == MetricKind.SquaredL2 ? 2 : 1;
        private readonly ulong* _query = (ulong*)(prepared + HeadBytes);
        private readonly nint _blocks = codec.Blocks;
        private readonly int _bits = codec.Bits;
        private readonly int _signPlane = codec.QueryBits - 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* factors = (float*)code;
            ulong* words = (ulong*)(factors + Factors);
            ulong* q = _query;
            int sum = 0;
            for (nint b = 0; b < _blocks; b++, q += _signPlane + 1, words += _bits)
            {
                for (int p = 0; p < _bits; p++)
                {
                    ulong w = words[p];
                    int part = -(BitOperations.PopCount(w & q[_signPlane]) << _signPlane);
                    for (int j = 0; j < _signPlane; j++) part += BitOperations.PopCount(w & q[j]) << j;
                    sum += part << p;
                }
            }

            return (factors[0] * _times * ((_step * sum) - _less)) + factors[1] + _bias;
        }
    }
}
