using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Vectors.Files;

/// <summary>
/// XXH3, 64 bits, no seed (Collet): the value of <see cref="XxHash3"/>. That one is compiled without optimisation when a program first calls it, and half a
/// gigabyte to be hashed when an index is opened is then through before it gets any faster: four times the time.
/// </summary>
internal static unsafe class PieceHash
{
    private const int Stripe = 64;
    private const int Block = 16 * Stripe;
    private const int Shortest = 241;

    /// <summary>Bytes fetched before their turn: the hardware foresees a run only up to the end of a page.</summary>
    private const int Ahead = 1024;

    private const ulong Prime1 = 0x9E3779B185EBCA87, Prime2 = 0xC2B2AE3D27D4EB4F, Prime3 = 0x165667B19E3779F9, Prime4 = 0x85EBCA77C2B2AE63, Prime5 = 0x27D4EB2F165667C5;
    private const uint Half1 = 0x9E3779B1, Half2 = 0x85EBCA77, Half3 = 0xC2B2AE3D;

    private static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb,
        0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
        0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31,
        0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
        0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    /// <summary>Hashes bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        if (!Avx2.IsSupported || bytes.Length < Shortest) return XxHash3.HashToUInt64(bytes);
        fixed (byte* secret = Secret, start = bytes)
        {
            var a = Vector256.Create(Half3, Prime1, Prime2, Prime3);
            var b = Vector256.Create(Prime4, Half2, Prime5, Half1);
            byte* at = start, last = start + bytes.Length - Stripe;
            for (int left = (bytes.Length - 1) / Block; left > 0; left--)
            {
                for (int s = 0; s < 16; s++, at += Stripe)
                {
                    Sse.Prefetch0(at + Ahead);
                    Accumulate(at, secret + (8 * s), ref a, ref b);
                }

                a = Scramble(a, secret + 128);
                b = Scramble(b, secret + 160);
            }

            for (int s = 0; at < start + ((bytes.Length - 1) / Stripe * Stripe); s++, at += Stripe) Accumulate(at, secret + (8 * s), ref a, ref b);
            Accumulate(last, secret + 121, ref a, ref b);
            ulong hash = ((ulong)bytes.Length * Prime1) + Folded(a, 0, secret + 11) + Folded(a, 2, secret + 27) + Folded(b, 0, secret + 43) + Folded(b, 2, secret + 59);
            hash ^= hash >> 37;
            hash *= 0x165667919E3779F9;
            return hash ^ (hash >> 32);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(byte* at, byte* secret, ref Vector256<ulong> a, ref Vector256<ulong> b)
    {
        a = Next(a, Vector256.Load((ulong*)at), Vector256.Load((ulong*)secret));
        b = Next(b, Vector256.Load((ulong*)(at + 32)), Vector256.Load((ulong*)(secret + 32)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Next(Vector256<ulong> sum, Vector256<ulong> data, Vector256<ulong> secret)
    {
        var key = data ^ secret;
        var swapped = Avx2.Shuffle(data.AsUInt32(), 0b01_00_11_10).AsUInt64();
        return sum + swapped + Avx2.Multiply(key.AsUInt32(), (key >>> 32).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Scramble(Vector256<ulong> sum, byte* secret)
    {
        var mixed = sum ^ (sum >>> 47) ^ Vector256.Load((ulong*)secret);
        var prime = Vector256.Create(Half1);
        return Avx2.Multiply(mixed.AsUInt32(), prime) + (Avx2.Multiply((mixed >>> 32).AsUInt32(), prime) << 32);
    }

    private static ulong Folded(Vector256<ulong> sum, int lane, byte* secret)
    {
        ulong high = Math.BigMul(sum[lane] ^ *(ulong*)secret, sum[lane + 1] ^ *(ulong*)(secret + 8), out ulong low);
        return high ^ low;
    }
}
