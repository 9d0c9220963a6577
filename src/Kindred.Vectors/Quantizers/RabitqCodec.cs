using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// RaBitQ (Gao &amp; Long 2024, sections 3.1 to 3.3; 2 to 7 bits: Gao et al. 2025, section 3). A vector less the mean is turned at random and kept as
/// the nearest direction of a grid, 1 to 7 bits a component. Over the random rotations the score is right on average, and <see cref="Bound"/> tells
/// how far off it may be. Queries are rounded to 8 bits a component.
/// </summary>
/// <remarks>A score is an estimate: it may lie a little past the metric's limits. Immutable: may be used from several threads at once.</remarks>
public sealed unsafe class RabitqCodec : VectorCodec
{
    /// <summary>Standard deviations in <see cref="Bound"/>.</summary>
    private const float BoundDeviations = 3;

    private const int HeadBytes = 64;

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
    public override int QueryBytes => HeadBytes + _rotation.Size;

    internal HadamardRotation Rotation => _rotation;

    internal ReadOnlySpan<float> Mean => _mean;

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
    public override void Encode(ReadOnlySpan<float> vector, Span<byte> code) => EncodeInList(vector, _mean, code);

    /// <inheritdoc/>
    internal override void EncodeInList(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code)
    {
        int size = _rotation.Size;
        float[] rented = ArrayPool<float>.Shared.Rent(size);
        var rest = rented.AsSpan(0, size);
        double square = Less(vector, centroid, rest), withMean = 0;
        for (int i = 0; i < Dimensions; i++) withMean += (double)centroid[i] * rest[i];
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
        double square = Less(query, _mean, rest), withMean = 0;
        for (int i = 0; i < Dimensions; i++) withMean += (double)query[i] * _mean[i];
        _rotation.Apply(rest);

        float largest = 0;
        foreach (float v in rest) largest = Math.Max(largest, Math.Abs(v));
        double step = largest / (double)sbyte.MaxValue, scale = largest > 0 ? 1 / step : 0;
        prepared[..HeadBytes].Clear();
        var levels = MemoryMarshal.Cast<byte, sbyte>(prepared[HeadBytes..QueryBytes]);
        long sum = 0;
        for (int i = 0; i < size; i++)
        {
            // of a query that overflowed only NaN is left: it becomes 0
            int k = (int)Math.Clamp(Math.Round(rest[i] * scale), -sbyte.MaxValue, sbyte.MaxValue);
            levels[i] = (sbyte)k;
            sum += k;
        }

        var head = MemoryMarshal.Cast<byte, float>(prepared[..HeadBytes]);
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

    internal override int ListRescore => Bits == 1 ? 40 : 10;

    internal override int ListQueryBytes => HeadBytes + _rotation.Size + (2 * CentreFloats * sizeof(float));

    /// <summary>The rotated centroid: of a rotation, P·(q − c) = P·q − P·c (Gao &amp; Long 2024, section 4), so that a query is rotated once.</summary>
    internal override int CentreFloats => _rotation.Size;

    /// <summary>Not learned but for the rotation: without a mean, which is the centroid's part.</summary>
    internal override VectorCodec ForLists(float[] rest, ReadOnlySpan<float> mean, int seed, CancellationToken cancel) =>
        new RabitqCodec(Dimensions, Metric, Bits, _seed, new float[Dimensions]);

    internal override void Centre(ReadOnlySpan<float> centroid, Span<float> centre)
    {
        centroid.CopyTo(centre);
        centre[Dimensions..].Clear();
        _rotation.Apply(centre);
    }

    internal override void PrepareForLists(ReadOnlySpan<float> query, Span<byte> prepared) =>
        Centre(query, MemoryMarshal.Cast<byte, float>(prepared.Slice(HeadBytes + _rotation.Size, CentreFloats * sizeof(float))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void EnterList(byte* prepared, ReadOnlySpan<float> query, ReadOnlySpan<float> centroid, ReadOnlySpan<float> centre)
    {
        int size = _rotation.Size;
        var levels = (sbyte*)(prepared + HeadBytes);
        float* turned = (float*)(levels + size), rest = turned + size;
        var (squares, most) = (Vector256<float>.Zero, Vector256<float>.Zero);
        fixed (float* c = centre)
        {
            for (int i = 0; i < size; i += 8)
            {
                var r = Vector256.Load(turned + i) - Vector256.Load(c + i);
                r.Store(rest + i);
                squares = Vector256.MultiplyAddEstimate(r, r, squares);
                most = Vector256.Max(most, Vector256.Abs(r));
            }
        }

        float largest = 0, square = Vector256.Sum(squares);
        for (int i = 0; i < 8; i++) largest = Math.Max(largest, most[i]);

        // a query that overflowed scores all rows alike
        float step = float.IsFinite(largest) ? largest / sbyte.MaxValue : 0, scale = step > 0 ? 1 / step : 0;
        if (!float.IsFinite(scale)) scale = 0;
        var sums = Vector256<int>.Zero;
        for (int i = 0; i < size; i += 32)
        {
            var (a, b) = (Rounded(rest + i, scale), Rounded(rest + i + 8, scale));
            var (d, e) = (Rounded(rest + i + 16, scale), Rounded(rest + i + 24, scale));
            sums += a + b + (d + e);
            Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(d, e)).Store(levels + i);
        }

        float* head = (float*)prepared;
        head[0] = step;
        head[1] = (float)(step * (double)Vector256.Sum(sums) * ((1 << Bits) - 1) / 2.0);
        head[2] = Metric == MetricKind.SquaredL2 ? -square : Metrics.Metric.Dot(query, centroid);
        head[3] = MathF.Sqrt(square);
    }

    internal override void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores) =>
        RowScan.Gather(new Scorer(this, prepared), codes, stride, CodeBytes, rows, scores);

    internal override void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores) =>
        RowScan.Run(new Scorer(this, prepared), codes, stride, scores);

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

    private double Less(ReadOnlySpan<float> vector, ReadOnlySpan<float> centre, Span<float> rest)
    {
        double square = 0;
        for (int i = 0; i < Dimensions; i++)
        {
            rest[i] = vector[i] - centre[i];
            square += (double)rest[i] * rest[i];
        }

        rest[Dimensions..].Clear();
        return square;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rounded(float* at, float scale) => Vector256.ConvertToInt32(Vector256.Round(Vector256.Load(at) * scale));

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

    /// <summary>Σ level·q: the planes of 64 components become one level a byte, highest bit first, and are multiplied with the query's bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(ulong* words, sbyte* q, nint blocks, int bits)
    {
        const ulong EachBit = 0x8040201008040201;
        if (Avx512BW.IsSupported)
        {
            // a word stands in each 128-bit lane: lane 0 takes its bytes 0 and 1 eight times each, lane 1 its bytes 2 and 3, …
            var spread = Vector512.Create(
                0, 0x0101010101010101UL, 0x0202020202020202, 0x0303030303030303, 0x0404040404040404, 0x0505050505050505, 0x0606060606060606, 0x0707070707070707).AsByte();
            var each = Vector512.Create(EachBit).AsByte();
            var ones = Vector512.Create((short)1);
            var sum = Vector512<int>.Zero;
            for (nint b = 0; b < blocks; b++, words += bits, q += 64)
            {
                var levels = Vector512<byte>.Zero;
                for (int p = bits - 1; p >= 0; p--)
                    levels = levels + levels - Vector512.Equals(Avx512BW.Shuffle(Vector512.Create(words[p]).AsByte(), spread) & each, each);
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(levels, Vector512.Load(q)), ones);
            }

            return Vector512.Sum(sum);
        }

        if (Avx2.IsSupported)
        {
            var spread = Vector256.Create(0, 0x0101010101010101UL, 0x0202020202020202, 0x0303030303030303).AsByte();
            var upper = Vector256.Create((byte)4);
            var each = Vector256.Create(EachBit).AsByte();
            var ones = Vector256.Create((short)1);
            var sum = Vector256<int>.Zero;
            for (nint b = 0; b < blocks; b++, words += bits, q += 64)
            {
                var (low, high) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
                for (int p = bits - 1; p >= 0; p--)
                {
                    var word = Vector256.Create(words[p]).AsByte();
                    low = low + low - Vector256.Equals(Avx2.Shuffle(word, spread) & each, each);
                    high = high + high - Vector256.Equals(Avx2.Shuffle(word, spread + upper) & each, each);
                }

                sum += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(low, Vector256.Load(q)), ones);
                sum += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(high, Vector256.Load(q + 32)), ones);
            }

            return Vector256.Sum(sum);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            var spread = Vector128.Create(0, 0x0101010101010101UL).AsByte();
            var each = Vector128.Create(EachBit).AsByte();
            var sum = Vector128<int>.Zero;
            for (nint b = 0; b < blocks; b++, words += bits, q += 64)
            {
                for (int part = 0; part < 4; part++)
                {
                    var levels = Vector128<byte>.Zero;
                    for (int p = bits - 1; p >= 0; p--)
                        levels = levels + levels - Vector128.Equals(Vector128.Shuffle(Vector128.Create((ushort)(words[p] >> (16 * part))).AsByte(), spread) & each, each);
                    var (l0, l1) = Vector128.Widen(levels);
                    var (q0, q1) = Vector128.Widen(Vector128.Load(q + (16 * part)));
                    sum = ScalarCodec.Pairs(l1.AsInt16(), q1, ScalarCodec.Pairs(l0.AsInt16(), q0, sum));
                }
            }

            return Vector128.Sum(sum);
        }

        int total = 0;
        for (nint b = 0; b < blocks; b++, words += bits, q += 64)
        {
            for (int i = 0; i < 64; i++)
            {
                int level = 0;
                for (int p = bits - 1; p >= 0; p--) level = level + level + (int)((words[p] >> i) & 1);
                total += level * q[i];
            }
        }

        return total;
    }

    private readonly struct Scorer(RabitqCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float _step = *(float*)prepared;
        private readonly float _less = ((float*)prepared)[1];
        private readonly float _bias = ((float*)prepared)[2];
        private readonly float _times = codec.Metric == MetricKind.SquaredL2 ? 2 : 1;
        private readonly sbyte* _query = (sbyte*)(prepared + HeadBytes);
        private readonly nint _blocks = codec.Blocks;
        private readonly int _bits = codec.Bits;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* factors = (float*)code;
            int sum = Sum((ulong*)(factors + Factors), _query, _blocks, _bits);
            return (factors[0] * _times * ((_step * sum) - _less)) + factors[1] + _bias;
        }
    }
}
