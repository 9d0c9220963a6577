using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// Each component in 8 or 4 bits: vector ≈ mean + offset + step·code. The mean is learned, offset and step are each vector's own, so that a row
/// with large values costs no other row its precision (locally adaptive quantisation, Aguerrebere et al. 2023, section 3). Queries are kept in up to 16 bits.
/// </summary>
/// <remarks>
/// With 8 bits a component is off by at most (max − min) / 510 of the vector less the mean; with 4 bits the vector is off by at most
/// √d·(max − min) / 30 in Euclidean length. Immutable: may be used from several threads at once.
/// </remarks>
public sealed unsafe class ScalarCodec : VectorCodec
{
    /// <summary>Codes taken at once.</summary>
    private const int Block = 32;

    private const int HeadBytes = 64;

    private readonly float[] _mean;
    private readonly bool _centred;

    /// <summary>Creates a codec that has learned nothing: its mean is zero.</summary>
    /// <param name="dimensions">Length of every vector, 1 to 65,536.</param>
    /// <param name="metric">What is scored.</param>
    /// <param name="bits">Bits of a component: 8 or 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions or the bits are out of range.</exception>
    public ScalarCodec(int dimensions, MetricKind metric, int bits)
        : this(dimensions, metric, bits, new float[CheckedDimensions(dimensions)])
    {
    }

    private ScalarCodec(int dimensions, MetricKind metric, int bits, float[] mean)
        : base(dimensions, metric)
    {
        if (bits is not (4 or 8)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "A scalar code has 8 or 4 bits.");
        Bits = bits;
        _mean = mean;
        _centred = mean.AsSpan().ContainsAnyExcept(0f);
        int components = bits == 8 ? dimensions : (dimensions + 1) / 2;
        PlaneBytes = Math.Max(Block, (components + 3) & ~3);
        Factors = metric == MetricKind.SquaredL2 ? 3 : 2;
    }

    /// <summary>Bits of a component: 8 or 4.</summary>
    public int Bits { get; }

    /// <inheritdoc/>
    public override string Name => Bits == 8 ? "sq8" : "sq4";

    /// <inheritdoc/>
    public override int CodeBytes => (Factors * sizeof(float)) + PlaneBytes;

    /// <inheritdoc/>
    public override int QueryBytes => HeadBytes + (Planes * Blocks * Block * sizeof(short));

    /// <summary>Step, offset and, for distances, the squared length: floats before the codes.</summary>
    private int Factors { get; }

    /// <summary>Bytes of the codes; with 4 bits, byte j holds component j and component j + PlaneBytes.</summary>
    private int PlaneBytes { get; }

    private int Planes => 8 / Bits;

    private int Blocks => (PlaneBytes + Block - 1) / Block;

    /// <summary>Learns the mean of the vectors.</summary>
    /// <param name="sample">Some of the vectors to be coded, each of shape [dimensions], finite; a few thousand are plenty, none is allowed.</param>
    /// <param name="dimensions">Length of every vector, 1 to 65,536.</param>
    /// <param name="metric">What is scored.</param>
    /// <param name="bits">Bits of a component: 8 or 4.</param>
    /// <exception cref="ArgumentException">A vector has another length or a component that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions or the bits are out of range.</exception>
    public static ScalarCodec Train(IReadOnlyList<ReadOnlyMemory<float>> sample, int dimensions, MetricKind metric, int bits) =>
        new(dimensions, metric, bits, RobustMean(sample, CheckedDimensions(dimensions)));

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> vector, Span<byte> code) => Encode(vector, _mean, code);

    private void Encode(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code, bool inList = false)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Dimensions);
        var rest = rented.AsSpan(0, Dimensions);
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        for (int i = 0; i < rest.Length; i++)
        {
            float v = vector[i] - centroid[i];
            rest[i] = v;
            low = Math.Min(low, v);
            high = Math.Max(high, v);
        }

        var plane = code.Slice(Factors * sizeof(float), PlaneBytes);
        plane.Clear();
        var factors = MemoryMarshal.Cast<byte, float>(code[..(Factors * sizeof(float))]);
        var (offset, step) = Bits == 8 ? Encode8(rest, low, high, plane) : Encode4(rest, low, high, plane);
        factors[0] = step;
        factors[1] = offset;
        if (Factors == 3)
        {
            // |r|² + 2·(c − mean)·r, so that with the query's part 2·(q − mean)·r it makes −|q − x|² + |q − c|²
            double square = 0;
            for (int i = 0; i < rest.Length; i++)
            {
                double v = offset + ((double)step * Component(plane, i));
                square += v * (v + (2 * ((double)centroid[i] - _mean[i])));
            }

            factors[2] = (float)square;
        }
        else if (inList)
        {
            // with c·(r − r̂) the error of a score is (q − c)·(r − r̂), not q·(r − r̂), which is many times as much in a tight list far out
            double own = 0;
            for (int i = 0; i < rest.Length; i++) own += centroid[i] * (rest[i] - (offset + ((double)step * Component(plane, i))));
            MemoryMarshal.Write(code[CodeBytes..], (float)own);
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> code, Span<float> vector)
    {
        var factors = MemoryMarshal.Cast<byte, float>(code[..(Factors * sizeof(float))]);
        var plane = code.Slice(Factors * sizeof(float), PlaneBytes);
        for (int i = 0; i < Dimensions; i++) vector[i] = _mean[i] + (float)(factors[1] + ((double)factors[0] * Component(plane, i)));
    }

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> query, Span<byte> prepared)
    {
        prepared[..QueryBytes].Clear();
        bool distance = Metric == MetricKind.SquaredL2;
        float top = 0;
        double sum = 0, bias = 0;
        for (int i = 0; i < Dimensions; i++)
        {
            float v = Term(query, i);
            top = Math.Max(top, Math.Abs(v));
            sum += v;
            bias += distance ? -(double)v * v : (double)v * _mean[i];
        }

        // the largest whole numbers whose sum of products cannot leave 32 bits
        int limit = Math.Min(short.MaxValue, int.MaxValue / ((Bits == 8 ? 128 : 15) * Planes * PlaneBytes));
        var head = MemoryMarshal.Cast<byte, float>(prepared[..HeadBytes]);
        (head[0], head[1], head[2]) = (top / limit, (float)sum, (float)bias);
        if (top == 0) return;
        double scale = limit / (double)top;
        var shorts = MemoryMarshal.Cast<byte, short>(prepared[HeadBytes..QueryBytes]);
        int full = (Blocks - 1) * Block;
        for (int i = 0; i < Dimensions; i++)
        {
            var (p, at) = Math.DivRem(i, PlaneBytes);
            // the last block ends with the codes: it may begin inside the one before, where its part of the query stays zero
            if (at >= full) at += (Blocks * Block) - PlaneBytes;
            shorts[(p * Blocks * Block) + at] = (short)Math.Round(Term(query, i) * scale);
        }

        float Term(ReadOnlySpan<float> q, int i) => distance ? q[i] - _mean[i] : q[i];
    }

    internal override int ListRescore => Bits == 8 ? 3 : 6;

    internal override int ListCodeBytes => CodeBytes + (Metric == MetricKind.SquaredL2 ? 0 : sizeof(float));

    internal override void EncodeInList(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code) => Encode(vector, centroid, code, inList: true);

    internal override VectorCodec ForLists(float[] rest, ReadOnlySpan<float> mean, int seed, CancellationToken cancel) =>
        new ScalarCodec(Dimensions, Metric, Bits, mean.ToArray());

    internal override void EnterList(byte* prepared, ReadOnlySpan<float> query, ReadOnlySpan<float> centroid, ReadOnlySpan<float> centre) =>
        ((float*)prepared)[2] = Shared(query, centroid);

    internal override void ScoreInList(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) Score(prepared, codes, stride, rows, scores);
        else if (Bits == 8) RowScan.Gather(new RowScan.WithOwn<Scorer8>(new Scorer8(this, prepared), CodeBytes), codes, stride, ListCodeBytes, rows, scores);
        else RowScan.Gather(new RowScan.WithOwn<Scorer4>(new Scorer4(this, prepared), CodeBytes), codes, stride, ListCodeBytes, rows, scores);
    }

    internal override void ScoreRunInList(byte* prepared, byte* codes, nint stride, Span<float> scores)
    {
        if (Metric == MetricKind.SquaredL2) ScoreRun(prepared, codes, stride, scores);
        else if (Bits == 8) RowScan.Run(new RowScan.WithOwn<Scorer8>(new Scorer8(this, prepared), CodeBytes), codes, stride, scores);
        else RowScan.Run(new RowScan.WithOwn<Scorer4>(new Scorer4(this, prepared), CodeBytes), codes, stride, scores);
    }

    internal override void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores)
    {
        if (Bits == 8) RowScan.Gather(new Scorer8(this, prepared), codes, stride, CodeBytes, rows, scores);
        else RowScan.Gather(new Scorer4(this, prepared), codes, stride, CodeBytes, rows, scores);
    }

    internal override void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores)
    {
        if (Bits == 8) RowScan.Run(new Scorer8(this, prepared), codes, stride, scores);
        else RowScan.Run(new Scorer4(this, prepared), codes, stride, scores);
    }

    internal override void Save(BinaryWriter writer)
    {
        writer.Write(Bits);
        writer.Write(_centred);
        if (_centred) writer.Write(MemoryMarshal.AsBytes(_mean.AsSpan()));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A field is out of its range.</exception>
    internal static ScalarCodec Load(BinaryReader reader, int dimensions, MetricKind metric)
    {
        int bits = reader.ReadInt32();
        if (bits is not (4 or 8)) throw new InvalidDataException($"a scalar code of {bits} bits");
        var mean = new float[CheckedDimensions(dimensions)];
        if (reader.ReadBoolean()) reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(mean.AsSpan()));
        if (Metrics.Metric.IndexOfNonFinite(mean) >= 0) throw new InvalidDataException("a mean that is not finite");
        return new ScalarCodec(dimensions, metric, bits, mean);
    }

    internal static int CheckedDimensions(int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, Indexes.FlatIndex.MaxDimensions);
        return dimensions;
    }

    /// <summary>The mean, to which a row longer than the median row counts no more than that one: a few huge rows must not move it.</summary>
    internal static float[] RobustMean(IReadOnlyList<ReadOnlyMemory<float>> sample, int dimensions)
    {
        var norms = new double[sample.Count];
        for (int i = 0; i < norms.Length; i++)
        {
            var row = sample[i].Span;
            if (row.Length != dimensions) throw new ArgumentException($"Vector {i} of the sample has {row.Length} dimensions, not {dimensions}.", nameof(sample));
            int bad = Metrics.Metric.IndexOfNonFinite(row);
            if (bad >= 0) throw new ArgumentException($"Component {bad} of vector {i} of the sample is {row[bad]}: not a finite number.", nameof(sample));
            double square = 0;
            foreach (float v in row) square += (double)v * v;
            norms[i] = Math.Sqrt(square);
        }

        var sums = new double[dimensions];
        if (norms.Length > 0)
        {
            double[] sorted = [.. norms];
            Array.Sort(sorted);
            double median = sorted[sorted.Length / 2];
            for (int i = 0; i < norms.Length; i++)
            {
                double weight = (norms[i] > median ? median / norms[i] : 1) / norms.Length;
                var row = sample[i].Span;
                for (int j = 0; j < sums.Length; j++) sums[j] += weight * row[j];
            }
        }

        return Array.ConvertAll(sums, s => (float)s);
    }

    private static (float Offset, float Step) Encode8(ReadOnlySpan<float> rest, float low, float high, Span<byte> plane)
    {
        double step = ((double)high - low) / 255;
        double scale = step > 0 ? 1 / step : 0;
        for (int i = 0; i < rest.Length; i++)
            plane[i] = (byte)(sbyte)(Math.Clamp((int)Math.Round(((double)rest[i] - low) * scale), 0, 255) - 128);
        return ((float)(low + (128 * step)), (float)step);
    }

    /// <summary>Of some ranges, narrower ones too, the one that loses least: with 16 levels a rare large component is better cut than served.</summary>
    private (float Offset, float Step) Encode4(ReadOnlySpan<float> rest, float low, float high, Span<byte> plane)
    {
        double middle = ((double)high + low) / 2, half = ((double)high - low) / 2;
        var (best, bestOffset, bestStep, bestShare) = (double.PositiveInfinity, (double)low, 0.0, 1.0);
        ReadOnlySpan<double> shares = [1, 0.92, 0.84, 0.76, 0.68, 0.6];
        foreach (double share in shares)
        {
            double from = middle - (half * share), scale = half > 0 ? 15 / (2 * half * share) : 0;
            double c = 0, cc = 0, x = 0, xc = 0, xx = 0;
            for (int i = 0; i < rest.Length; i++)
            {
                double v = rest[i], u = Level(v, from, scale);
                c += u;
                cc += u * u;
                x += v;
                xc += v * u;
                xx += v * v;
            }

            // least squares: the offset and the step that suit these levels best
            double n = rest.Length, spread = cc - (c * c / n);
            double step = spread > 0 ? (xc - (x * c / n)) / spread : 0, offset = (x - (step * c)) / n;
            double loss = xx + (n * offset * offset) + (step * step * cc) + (2 * offset * step * c) - (2 * offset * x) - (2 * step * xc);
            if (loss < best) (best, bestOffset, bestStep, bestShare) = (loss, offset, step, share);
        }

        double start = middle - (half * bestShare), stride = half > 0 ? 15 / (2 * half * bestShare) : 0;
        for (int i = 0; i < rest.Length; i++)
        {
            int u = (int)Level(rest[i], start, stride);
            plane[i % PlaneBytes] |= (byte)(i < PlaneBytes ? u : u << 4);
        }

        return ((float)bestOffset, (float)bestStep);
    }

    private static double Level(double v, double from, double scale) => Math.Clamp(Math.Round((v - from) * scale), 0, 15);

    private int Component(ReadOnlySpan<byte> plane, int i)
    {
        if (Bits == 8) return (sbyte)plane[i];
        return i < PlaneBytes ? plane[i] & 15 : plane[i - PlaneBytes] >> 4;
    }

    /// <summary>Σ q·c over the codes of a block at once: 16-bit products, added in pairs into 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum8(short* q, sbyte* c, nint n)
    {
        nint last = n - Block;
        nint i = 0;
        if (Avx512BW.IsSupported)
        {
            var sum = Vector512<int>.Zero;
            for (; i < last; i += Block)
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(c + i)), Vector512.Load(q + i));
            sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(c + last)), Vector512.Load(q + i));
            return Vector512.Sum(sum);
        }

        if (Avx2.IsSupported)
        {
            var (s, t) = (Vector256<int>.Zero, Vector256<int>.Zero);
            for (; ; i += Block)
            {
                nint at = Math.Min(i, last);
                s += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(c + at)), Vector256.Load(q + i));
                t += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(c + at + 16)), Vector256.Load(q + i + 16));
                if (at == last) return Vector256.Sum(s + t);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            var (s, t) = (Vector128<int>.Zero, Vector128<int>.Zero);
            for (; ; i += Block)
            {
                nint at = Math.Min(i, last);
                for (int part = 0; part < Block; part += 16)
                {
                    var (a, b) = Vector128.Widen(Vector128.Load(c + at + part));
                    s = Pairs(a, Vector128.Load(q + i + part), s);
                    t = Pairs(b, Vector128.Load(q + i + part + 8), t);
                }

                if (at == last) return Vector128.Sum(s + t);
            }
        }

        int total = 0;
        for (; ; i += Block)
        {
            nint at = Math.Min(i, last);
            for (int j = 0; j < Block; j++) total += q[i + j] * c[at + j];
            if (at == last) return total;
        }
    }

    /// <summary>The same over two components a byte: low halves with the first part of the query, high halves with the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum4(short* low, short* high, byte* c, nint n)
    {
        nint last = n - Block;
        nint i = 0;
        if (Avx512BW.IsSupported)
        {
            var (s, t) = (Vector512<int>.Zero, Vector512<int>.Zero);
            var mask = Vector512.Create((short)15);
            for (; ; i += Block)
            {
                nint at = Math.Min(i, last);
                var both = Avx512BW.ConvertToVector512Int16(Vector256.Load(c + at));
                s += Avx512BW.MultiplyAddAdjacent(both & mask, Vector512.Load(low + i));
                t += Avx512BW.MultiplyAddAdjacent(both >>> 4, Vector512.Load(high + i));
                if (at == last) return Vector512.Sum(s + t);
            }
        }

        if (Avx2.IsSupported)
        {
            var (s, t) = (Vector256<int>.Zero, Vector256<int>.Zero);
            var mask = Vector256.Create((short)15);
            for (; ; i += Block)
            {
                nint at = Math.Min(i, last);
                for (int part = 0; part < Block; part += 16)
                {
                    var both = Avx2.ConvertToVector256Int16(Vector128.Load(c + at + part));
                    s += Avx2.MultiplyAddAdjacent(both & mask, Vector256.Load(low + i + part));
                    t += Avx2.MultiplyAddAdjacent(both >>> 4, Vector256.Load(high + i + part));
                }

                if (at == last) return Vector256.Sum(s + t);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            var (s, t) = (Vector128<int>.Zero, Vector128<int>.Zero);
            var mask = Vector128.Create((short)15);
            for (; ; i += Block)
            {
                nint at = Math.Min(i, last);
                for (int part = 0; part < Block; part += 16)
                {
                    var (a, b) = Vector128.Widen(Vector128.Load(c + at + part));
                    s = Pairs(a.AsInt16() & mask, Vector128.Load(low + i + part), s);
                    t = Pairs(a.AsInt16() >>> 4, Vector128.Load(high + i + part), t);
                    s = Pairs(b.AsInt16() & mask, Vector128.Load(low + i + part + 8), s);
                    t = Pairs(b.AsInt16() >>> 4, Vector128.Load(high + i + part + 8), t);
                }

                if (at == last) return Vector128.Sum(s + t);
            }
        }

        int total = 0;
        for (; ; i += Block)
        {
            nint at = Math.Min(i, last);
            for (int j = 0; j < Block; j++) total += (low[i + j] * (c[at + j] & 15)) + (high[i + j] * (c[at + j] >> 4));
            if (at == last) return total;
        }
    }

    /// <summary>sum + the products of 16-bit numbers, added in pairs; which pairs is the machine's choice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Pairs(Vector128<short> a, Vector128<short> b, Vector128<int> sum)
    {
        if (Sse2.IsSupported) return sum + Sse2.MultiplyAddAdjacent(a, b);
        if (AdvSimd.IsSupported)
            return AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningLowerAndAdd(sum, a.GetLower(), b.GetLower()), a, b);
        var (a0, a1) = Vector128.Widen(a);
        var (b0, b1) = Vector128.Widen(b);
        return sum + (a0 * b0) + (a1 * b1);
    }

    private readonly struct Scorer8(ScalarCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float _scale = *(float*)prepared;
        private readonly float _sum = ((float*)prepared)[1];
        private readonly float _bias = ((float*)prepared)[2];
        private readonly short* _query = (short*)(prepared + HeadBytes);
        private readonly nint _bytes = codec.PlaneBytes;
        private readonly bool _distance = codec.Factors == 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* factors = (float*)code;
            int sum = Sum8(_query, (sbyte*)(factors + (_distance ? 3 : 2)), _bytes);
            float dot = (factors[0] * _scale * sum) + (factors[1] * _sum);
            return _distance ? Math.Min(0, dot + dot - factors[2] + _bias) : dot + _bias;
        }
    }

    private readonly struct Scorer4(ScalarCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float _scale = *(float*)prepared;
        private readonly float _sum = ((float*)prepared)[1];
        private readonly float _bias = ((float*)prepared)[2];
        private readonly short* _low = (short*)(prepared + HeadBytes);
        private readonly short* _high = (short*)(prepared + HeadBytes) + (codec.Blocks * Block);
        private readonly nint _bytes = codec.PlaneBytes;
        private readonly bool _distance = codec.Factors == 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* factors = (float*)code;
            int sum = Sum4(_low, _high, (byte*)(factors + (_distance ? 3 : 2)), _bytes);
            float dot = (factors[0] * _scale * sum) + (factors[1] * _sum);
            return _distance ? Math.Min(0, dot + dot - factors[2] + _bias) : dot + _bias;
        }
    }
}
