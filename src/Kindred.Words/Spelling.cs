using System.Buffers;
using System.Text;
using Kindred.Words.Files;

namespace Kindred.Words;

/// <summary>Near spellings: least edits, each a letter inserted, left out, changed, or swapped with its neighbour.</summary>
/// <remarks>Optimal string alignment, the restricted form of F. Damerau, "A technique for computer detection and correction of
/// spelling errors", CACM 1964: no letter is edited twice.</remarks>
internal static class Spelling
{
    /// <summary>The nearest words within one to three edits (by length), nearest first, equals in order of index; the word itself is left out.</summary>
    internal static List<int> Nearest(Vocabulary words, string word, int n)
    {
        if (word.Length > 2L * (words.LongestBytes + 3)) return [];
        int[] typed = Letters(word), lower = Letters(word.ToLowerInvariant());
        bool both = !typed.AsSpan().SequenceEqual(lower);
        int bound = typed.Length <= 3 ? 1 : typed.Length <= 7 ? 2 : 3;
        List<int>[] byDistance = [.. Enumerable.Range(0, bound + 1).Select(_ => new List<int>())];
        int[] letters = ArrayPool<int>.Shared.Rent(typed.Length + bound + 1);
        int[] table = ArrayPool<int>.Shared.Rent(3 * (typed.Length + bound + 2));
        for (int i = 0; i < words.Count; i++)
        {
            var bytes = words.Bytes(i);
            // a letter is one to four bytes
            if (bytes.Length < typed.Length - bound || bytes.Length > 4L * (typed.Length + bound)) continue;
            int length = 0;
            while (!bytes.IsEmpty && length <= typed.Length + bound)
            {
                Rune.DecodeFromUtf8(bytes, out var rune, out int used);
                letters[length++] = rune.Value;
                bytes = bytes[used..];
            }
            if (Math.Abs(length - typed.Length) > bound) continue;
            int distance = Distance(typed, letters.AsSpan(0, length), bound, table);
            if (both) distance = Math.Min(distance, Distance(lower, letters.AsSpan(0, length), bound, table));
            if (distance >= 1 && distance <= bound && byDistance[distance].Count < n) byDistance[distance].Add(i);
        }
        ArrayPool<int>.Shared.Return(letters);
        ArrayPool<int>.Shared.Return(table);
        return [.. byDistance.SelectMany(at => at).Take(n)];
    }

    /// <summary>Edits between two words, or <paramref name="bound"/> + 1 when there are more.</summary>
    /// <param name="a">One word, a code point each.</param>
    /// <param name="b">The other.</param>
    /// <param name="bound">Most edits of interest.</param>
    /// <param name="table">Room for three rows of b.Length + 1.</param>
    internal static int Distance(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int bound, Span<int> table)
    {
        int far = bound + 1, width = b.Length + 1;
        if (Math.Abs(a.Length - b.Length) > bound) return far;
        Span<int> before = table[..width], above = table.Slice(width, width), row = table.Slice(2 * width, width);
        for (int j = 0; j < width; j++) above[j] = Math.Min(j, far);
        before.Fill(far);
        for (int i = 1; i <= a.Length; i++)
        {
            // outside this band a cell is further than the bound in any case
            int from = Math.Max(1, i - bound), to = Math.Min(b.Length, i + bound), least = far;
            row.Fill(far);
            if (i <= bound) row[0] = least = i;
            for (int j = from; j <= to; j++)
            {
                int edits = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) edits = Math.Min(edits, before[j - 2] + 1);
                row[j] = Math.Min(edits, far);
                least = Math.Min(least, row[j]);
            }
            // a swap reaches back two rows, so both must be beyond the bound
            if (least == far && !AnyWithin(above, bound)) return far;
            var spare = before;
            before = above;
            above = row;
            row = spare;
        }
        return above[b.Length];
    }

    private static bool AnyWithin(ReadOnlySpan<int> row, int bound) => row.IndexOfAnyInRange(0, bound) >= 0;

    private static int[] Letters(string word) => [.. word.EnumerateRunes().Select(rune => rune.Value)];
}
