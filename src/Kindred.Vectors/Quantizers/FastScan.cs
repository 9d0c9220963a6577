using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// Scores 32 sign codes at once by table look-ups in registers (fast scan: André, Kermarrec and Le Scouarnec 2015; for sign codes as in Gao and Long 2024,
/// section 3.3). Four components are a group: their signs are half a byte, which picks one of the 16 sums that the query's four components can make.
/// </summary>
/// <remarks>
/// A block of 32 codes has 16 bytes a group: the lower half of byte i is of code i, the upper half of code i + 16; bit b of it is set where component b is
/// not negative. Tables have 16 bytes a group, sums rounded to steps above the group's smallest.
/// </remarks>
internal static unsafe class FastScan
{
    /// <summary>Codes scored at once.</summary>
    public const int Codes = 32;

    /// <summary>Components of a group.</summary>
    public const int GroupSize = 4;

    /// <summary>Bytes of a group, in a block of codes and in the tables.</summary>
    public const int GroupBytes = 16;

    /// <summary>Makes the tables of a query.</summary>
    /// <param name="query">Shape [groups · 4].</param>
    /// <param name="tables">Receives shape [groups · 16].</param>
    /// <param name="step">Receives what one step of a table stands for.</param>
    /// <param name="least">Receives the sum of which zero steps are the rounding: <c>Σ sign[i] · query[i] ≈ least + step · steps</c>.</param>
    public static void Prepare(ReadOnlySpan<float> query, byte* tables, out float step, out float least)
    {
        // a table spans twice the magnitudes of its group, and all tables together must fit the 16 bits that add them up
        float widest = 0;
        double all = 0;
        for (int i = 0; i < query.Length; i += GroupSize)
        {
            float width = 2 * (MathF.Abs(query[i]) + MathF.Abs(query[i + 1]) + MathF.Abs(query[i + 2]) + MathF.Abs(query[i + 3]));
            widest = MathF.Max(widest, width);
            all += width;
        }

        int groups = query.Length / GroupSize;
        step = (float)Math.Max(widest / 254, all / (ushort.MaxValue - groups));
        least = (float)(-all / 2);
        float scale = step > 1e-37f ? 1 / step : 0;
        for (int g = 0; g < groups; g++)
        {
            var part = query.Slice(g * GroupSize, GroupSize);
            float lowest = MathF.Abs(part[0]) + MathF.Abs(part[1]) + MathF.Abs(part[2]) + MathF.Abs(part[3]);
            if (Avx512F.IsSupported)
            {
                var s0 = Vector512.Create(-1f, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1);
                var s1 = Vector512.Create(-1f, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1);
                var s2 = Vector512.Create(-1f, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1);
                var s3 = Vector512.Create(-1f, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1);
                var sums = (s0 * part[0]) + (s1 * part[1]) + (s2 * part[2]) + (s3 * part[3]);
                var steps = Vector512.ConvertToInt32(((sums + Vector512.Create(lowest)) * scale) + Vector512.Create(0.5f));
                Avx512F.ConvertToVector128Byte(steps.AsUInt32()).Store(tables + (g * GroupBytes));
                continue;
            }

            for (int signs = 0; signs < GroupBytes; signs++)
            {
                float sum = lowest;
                for (int b = 0; b < GroupSize; b++) sum += ((signs >> b) & 1) != 0 ? part[b] : -part[b];
                tables[(g * GroupBytes) + signs] = (byte)((sum * scale) + 0.5f);
            }
        }
    }

    /// <summary>Writes a code into a block.</summary>
    /// <param name="vector">Its signs are the code: shape [groups · 4].</param>
    /// <param name="other">Any vector of the same shape.</param>
    /// <param name="block">A block of 32 codes, zero where this one goes.</param>
    /// <param name="code">Which of the 32.</param>
    /// <returns><c>Σ |vector[i]|</c> and <c>Σ sign[i] · other[i]</c>.</returns>
    public static (float Magnitudes, float SignedSum) Encode(ReadOnlySpan<float> vector, ReadOnlySpan<float> other, byte* block, int code)
    {
        var (magnitudes, signedSum) = (Vector128<float>.Zero, Vector128<float>.Zero);
        int shift = code < GroupBytes ? 0 : 4;
        block += code % GroupBytes;
        for (int i = 0; i < vector.Length; i += GroupSize, block += GroupBytes)
        {
            var part = Vector128.Create(vector.Slice(i, GroupSize));
            var sign = part & Vector128.Create(-0f);
            magnitudes += part ^ sign;
            signedSum += Vector128.Create(other.Slice(i, GroupSize)) ^ sign;
            *block |= (byte)((~part.ExtractMostSignificantBits() & 15) << shift);
        }

        return (Vector128.Sum(magnitudes), Vector128.Sum(signedSum));
    }

    /// <summary>Adds up what the tables say of each code's groups.</summary>
    /// <param name="codes">A block of 32 codes, aligned to 64 bytes.</param>
    /// <param name="tables">From <see cref="Prepare"/>.</param>
    /// <param name="groups">Groups of a code, a multiple of 4.</param>
    /// <param name="sums">Receives the steps of each code, shape [32].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(byte* codes, byte* tables, int groups, ushort* sums)
    {
        if (Avx512BW.IsSupported) Add512(codes, tables, groups, sums);
        else if (Avx2.IsSupported) Add256(codes, tables, groups, sums);
        else if (Vector128.IsHardwareAccelerated) Add128(codes, tables, groups, sums);
        else AddScalar(codes, tables, groups, sums);
    }

    /// <summary>
    /// The loop at any width. A sum of bytes is kept as 16-bit words twice, once as the words are (even bytes + 256 · odd bytes, modulo 2^16) and once with the odd bytes alone; at the
    /// end the second takes the odd bytes out of the first. 0: the lower halves, codes 0 to 15, 1: the upper ones.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T Even0, T Odd0, T Even1, T Odd1) Sum<TLanes, T>(byte* codes, byte* tables, int groups)
        where TLanes : struct, ILanes<T>
        where T : unmanaged
    {
        T half = TLanes.LowerHalves, even0 = default, odd0 = default, even1 = default, odd1 = default;
        for (nint at = 0, end = groups * (nint)GroupBytes; at < end; at += sizeof(T))
        {
            T code = TLanes.Load(codes + at), table = TLanes.Load(tables + at);
            T low = TLanes.Pick(table, code, half), high = TLanes.Pick(table, TLanes.Upper(code), half);
            even0 = TLanes.Add(even0, low);
            odd0 = TLanes.Add(odd0, TLanes.Odd(low));
            even1 = TLanes.Add(even1, high);
            odd1 = TLanes.Add(odd1, TLanes.Odd(high));
        }

        return (TLanes.TakeOut(even0, odd0), odd0, TLanes.TakeOut(even1, odd1), odd1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add512(byte* codes, byte* tables, int groups, ushort* sums)
    {
        var (even0, odd0, even1, odd1) = Sum<Lanes512, Vector512<ushort>>(codes, tables, groups);

        // codes 0-7, 8-15, 16-23, 24-31, each four times: once a lane
        var (a, b) = (Avx512BW.UnpackLow(even0, odd0).AsUInt64(), Avx512BW.UnpackHigh(even0, odd0).AsUInt64());
        var (c, d) = (Avx512BW.UnpackLow(even1, odd1).AsUInt64(), Avx512BW.UnpackHigh(even1, odd1).AsUInt64());
        var ab = Avx512F.Shuffle4x128(a, b, 0x88).AsUInt16() + Avx512F.Shuffle4x128(a, b, 0xDD).AsUInt16();
        var cd = Avx512F.Shuffle4x128(c, d, 0x88).AsUInt16() + Avx512F.Shuffle4x128(c, d, 0xDD).AsUInt16();
        var all = Avx512F.Shuffle4x128(ab.AsUInt64(), cd.AsUInt64(), 0x88).AsUInt16() + Avx512F.Shuffle4x128(ab.AsUInt64(), cd.AsUInt64(), 0xDD).AsUInt16();
        all.Store(sums);
    }

    private static void Add256(byte* codes, byte* tables, int groups, ushort* sums)
    {
        var (even0, odd0, even1, odd1) = Sum<Lanes256, Vector256<ushort>>(codes, tables, groups);
        Join(even0.GetLower() + even0.GetUpper(), odd0.GetLower() + odd0.GetUpper(), sums);
        Join(even1.GetLower() + even1.GetUpper(), odd1.GetLower() + odd1.GetUpper(), sums + 16);
    }

    private static void Add128(byte* codes, byte* tables, int groups, ushort* sums)
    {
        var (even0, odd0, even1, odd1) = Sum<Lanes128, Vector128<ushort>>(codes, tables, groups);
        Join(even0, odd0, sums);
        Join(even1, odd1, sums + 16);
    }

    private static void AddScalar(byte* codes, byte* tables, int groups, ushort* sums)
    {
        new Span<ushort>(sums, Codes).Clear();
        for (int g = 0; g < groups; g++, codes += GroupBytes, tables += GroupBytes)
        {
            for (int i = 0; i < GroupBytes; i++)
            {
                sums[i] += tables[codes[i] & 15];
                sums[i + 16] += tables[codes[i] >> 4];
            }
        }
    }

    private static void Join(Vector128<ushort> even, Vector128<ushort> odd, ushort* sums)
    {
        // words of codes 0, 2, 4, … and 1, 3, 5, …: a word of each makes a pair
        var (evenLow, evenHigh) = Vector128.Widen(even);
        var (oddLow, oddHigh) = Vector128.Widen(odd);
        (evenLow | (oddLow << 16)).AsUInt16().Store(sums);
        (evenHigh | (oddHigh << 16)).AsUInt16().Store(sums + 8);
    }

    /// <summary>What the loop does with registers of some width.</summary>
    private interface ILanes<T>
    {
        /// <summary>15 in each byte; kept by the loop, which otherwise reads it anew each time.</summary>
        static abstract T LowerHalves { get; }

        static abstract T Load(byte* from);

        /// <summary>Of each sixteen bytes of the table those that the lower halves of the codes number.</summary>
        static abstract T Pick(T table, T codes, T lowerHalves);

        /// <summary>The upper halves of the codes, where the lower ones were.</summary>
        static abstract T Upper(T codes);

        static abstract T Add(T a, T b);

        /// <summary>The odd bytes.</summary>
        static abstract T Odd(T words);

        /// <summary>Words less 256 · odd.</summary>
        static abstract T TakeOut(T words, T odd);
    }

    private readonly struct Lanes512 : ILanes<Vector512<ushort>>
    {
        public static Vector512<ushort> LowerHalves => Vector512.Create((byte)15).AsUInt16();

        public static Vector512<ushort> Load(byte* from) => Vector512.Load((ushort*)from);

        public static Vector512<ushort> Pick(Vector512<ushort> table, Vector512<ushort> codes, Vector512<ushort> lowerHalves) => Avx512BW.Shuffle(table.AsByte(), (codes & lowerHalves).AsByte()).AsUInt16();

        public static Vector512<ushort> Upper(Vector512<ushort> codes) => codes >> 4;

        public static Vector512<ushort> Add(Vector512<ushort> a, Vector512<ushort> b) => a + b;

        public static Vector512<ushort> Odd(Vector512<ushort> words) => words >> 8;

        public static Vector512<ushort> TakeOut(Vector512<ushort> words, Vector512<ushort> odd) => words - (odd << 8);
    }

    private readonly struct Lanes256 : ILanes<Vector256<ushort>>
    {
        public static Vector256<ushort> LowerHalves => Vector256.Create((byte)15).AsUInt16();

        public static Vector256<ushort> Load(byte* from) => Vector256.Load((ushort*)from);

        public static Vector256<ushort> Pick(Vector256<ushort> table, Vector256<ushort> codes, Vector256<ushort> lowerHalves) => Avx2.Shuffle(table.AsByte(), (codes & lowerHalves).AsByte()).AsUInt16();

        public static Vector256<ushort> Upper(Vector256<ushort> codes) => codes >> 4;

        public static Vector256<ushort> Add(Vector256<ushort> a, Vector256<ushort> b) => a + b;

        public static Vector256<ushort> Odd(Vector256<ushort> words) => words >> 8;

        public static Vector256<ushort> TakeOut(Vector256<ushort> words, Vector256<ushort> odd) => words - (odd << 8);
    }

    private readonly struct Lanes128 : ILanes<Vector128<ushort>>
    {
        public static Vector128<ushort> LowerHalves => Vector128.Create((byte)15).AsUInt16();

        public static Vector128<ushort> Load(byte* from) => Vector128.Load((ushort*)from);

        public static Vector128<ushort> Pick(Vector128<ushort> table, Vector128<ushort> codes, Vector128<ushort> lowerHalves) => Vector128.ShuffleNative(table.AsByte(), (codes & lowerHalves).AsByte()).AsUInt16();

        public static Vector128<ushort> Upper(Vector128<ushort> codes) => codes >> 4;

        public static Vector128<ushort> Add(Vector128<ushort> a, Vector128<ushort> b) => a + b;

        public static Vector128<ushort> Odd(Vector128<ushort> words) => words >> 8;

        public static Vector128<ushort> TakeOut(Vector128<ushort> words, Vector128<ushort> odd) => words - (odd << 8);
    }
}
