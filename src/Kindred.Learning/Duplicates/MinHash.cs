using System.Numerics;
using System.Runtime.InteropServices;
using Kindred.Vectors;

namespace Kindred.Learning.Duplicates;

/// <summary>
/// Texts as sets of their pieces of five characters (case, white space and forms of one letter aside), and how much two such sets overlap: the Jaccard similarity, |A ∩ B| / |A ∪ B|,
/// exactly or by signatures of 128 numbers (Broder 1997), whose share of equal numbers is an estimate with a standard error of √(J(1 − J)/128), 0.044 at most. May be used by many threads at once.
/// </summary>
public static class MinHash
{
    /// <summary>Numbers of a signature.</summary>
    public const int Size = 128;

    /// <summary>Characters of a piece: long enough that common words do not make texts alike, short enough that one changed word leaves most of a sentence.</summary>
    public const int Piece = 5;

    /// <summary>Factors and summands of the hash functions, multiply-shift (Dietzfelbinger et al. 1997).</summary>
    private static readonly ulong[] Factors = Numbers(1), Summands = Numbers(2);

    /// <summary>The signature of a text.</summary>
    /// <param name="text">Any text; one shorter than a piece is a single piece.</param>
    /// <param name="signature">Receives shape [<see cref="Size"/>].</param>
    /// <exception cref="ArgumentException">The signature has another length.</exception>
    public static void Sign(string text, Span<uint> signature)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (signature.Length != Size) throw new ArgumentException($"A signature has {Size} numbers, not {signature.Length}.", nameof(signature));
        SignFolded(TextFold.Fold(text), signature);
    }

    /// <summary>The Jaccard similarity that two signatures tell: the share of numbers in which they agree.</summary>
    /// <param name="x">Shape [<see cref="Size"/>].</param>
    /// <param name="y">Shape [<see cref="Size"/>].</param>
    /// <exception cref="ArgumentException">A signature has another length.</exception>
    public static double Estimate(ReadOnlySpan<uint> x, ReadOnlySpan<uint> y)
    {
        if (x.Length != Size || y.Length != Size) throw new ArgumentException($"A signature has {Size} numbers, not {x.Length} and {y.Length}.", nameof(y));
        var a = MemoryMarshal.Cast<uint, Vector<uint>>(x);
        var b = MemoryMarshal.Cast<uint, Vector<uint>>(y);
        var different = Vector<uint>.Zero;
        for (int i = 0; i < a.Length; i++) different += Vector<uint>.One + Vector.Equals(a[i], b[i]);   // equal is −1
        return 1 - (Vector.Sum(different) / (double)Size);
    }

    /// <summary>The Jaccard similarity of two texts, counted.</summary>
    /// <param name="x">Any text.</param>
    /// <param name="y">Any text.</param>
    public static double Jaccard(string x, string y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return Jaccard(Pieces(TextFold.Fold(x)), Pieces(TextFold.Fold(y)));
    }

    internal static double Jaccard(HashSet<ulong> x, HashSet<ulong> y)
    {
        int both = 0;
        foreach (ulong piece in x) both += y.Contains(piece) ? 1 : 0;
        return both / (double)(x.Count + y.Count - both);
    }

    internal static HashSet<ulong> Pieces(string folded)
    {
        var pieces = new HashSet<ulong>();
        for (int at = 0; at <= Math.Max(0, folded.Length - Piece); at++) pieces.Add(Hash(folded.AsSpan(at, Math.Min(Piece, folded.Length - at))));
        return pieces;
    }

    internal static void SignFolded(string folded, Span<uint> signature)
    {
        Span<ulong> least = stackalloc ulong[Size];
        least.Fill(ulong.MaxValue);
        var min = MemoryMarshal.Cast<ulong, Vector<ulong>>(least);
        var factors = MemoryMarshal.Cast<ulong, Vector<ulong>>(Factors.AsSpan());
        var summands = MemoryMarshal.Cast<ulong, Vector<ulong>>(Summands.AsSpan());
        for (int at = 0; at <= Math.Max(0, folded.Length - Piece); at++)
        {
            var piece = new Vector<ulong>(Hash(folded.AsSpan(at, Math.Min(Piece, folded.Length - at))));
            for (int i = 0; i < min.Length; i++) min[i] = Vector.Min(min[i], (piece * factors[i]) + summands[i]);
        }

        for (int i = 0; i < Size; i++) signature[i] = (uint)(least[i] >> 32);
    }

    /// <summary>A piece as 64 bits: its characters mixed in one after the other.</summary>
    private static ulong Hash(ReadOnlySpan<char> piece)
    {
        ulong low = 0;
        foreach (char c in piece[..Math.Min(4, piece.Length)]) low = (low << 16) | c;
        return Mix(Mix(low) + (piece.Length > 4 ? piece[4] : 0UL) + ((ulong)piece.Length << 32));
    }

    private static ulong Mix(ulong z) => SplitMix64.Mix(z + SplitMix64.Step);

    private static ulong[] Numbers(ulong seed) => [.. Enumerable.Range(0, Size).Select(i => Mix((seed << 32) + (ulong)i) | 1)];
}
