using System.Globalization;
using Tokenizers.DotNet;

namespace Kindred.Models.Tests.Tokenizers;

/// <summary>
/// Measures the table BertUnicode.bin on Hugging Face's own tokenizer. Takes a minute and 1 GB, so it runs when asked for by name;
/// with KINDRED_WRITE_TABLE=PATH it writes the table, else it compares with the one in use.
/// </summary>
public sealed class UnicodeTableRecipe
{
    private const int End = 0x110000;

    /// <summary>A letter that no code point becomes, so that it marks the end of a case.</summary>
    private const int Mark = 0xA000;

    /// <summary>Two marks that are not stripped, of combining classes 216 and 224: whatever is out of order beside one of them is a non-starter.</summary>
    private const int Class216 = 0x1D165, Class224 = 0x302E;

    private enum Kind
    {
        Word,
        Space,
        Punctuation,
    }

    [Fact]
    public void The_table_is_what_the_reference_does()
    {
        var none = Probe(false, false, false, false);
        var clean = Probe(true, false, false, false);
        var ideographs = Probe(false, true, false, false);
        var lower = Probe(false, false, false, true);
        string path = Path.GetTempFileName();
        using var stripping = ReferenceTokenizer.OfCodePoints(false, false, true, false, path);
        var strip = Probe(stripping);

        var bytes = new List<byte>();
        var flags = new int[End];
        foreach (int c in ReferenceTokenizer.CodePoints(0, End))
        {
            var kind = KindOf(c, none[c]);
            flags[c] = kind switch { Kind.Space => 1, Kind.Punctuation => 2, _ => 0 };
            if (clean[c].Length == 1 && clean[c][0] == 2 * Mark + 1) flags[c] |= 4;
            else Assert.Equal(none[c], clean[c]);
            if (!ideographs[c].SequenceEqual(none[c])) flags[c] |= 8;
        }

        for (int at = 0; at < End;)
        {
            int next = at;
            while (next < End && flags[next] == flags[at]) next++;
            Number(bytes, next - at);
            Number(bytes, flags[at]);
            at = next;
        }

        Map(bytes, strip, none, c => c is >= 0xAC00 and < 0xAC00 + 11172);
        Map(bytes, lower, none, _ => false);
        NonStarters(bytes, stripping, strip);
        File.Delete(path);

        if (Environment.GetEnvironmentVariable("KINDRED_WRITE_TABLE") is { } target)
        {
            File.WriteAllBytes(target, [.. bytes]);
            return;
        }

        using var used = typeof(EmbeddingModel).Assembly.GetManifestResourceStream("Kindred.Models.Tokenizers.BertUnicode.bin")!;
        byte[] table = new byte[used.Length];
        used.ReadExactly(table);
        Assert.Equal(table, bytes);
    }

    private static uint[][] Probe(bool clean, bool ideographs, bool strip, bool lower)
    {
        string path = Path.GetTempFileName();
        using var tokenizer = ReferenceTokenizer.OfCodePoints(clean, ideographs, strip, lower, path);
        File.Delete(path);
        return Probe(tokenizer);
    }

    /// <summary>For each code point c, the ids of "q", c, the end mark, without the "q".</summary>
    private static uint[][] Probe(Tokenizer tokenizer)
    {
        var results = new uint[End][];
        for (int block = 0; block < End; block += 2048)
        {
            int[] cases = [.. ReferenceTokenizer.CodePoints(block, block + 2048)];
            if (cases.Length == 0) continue;
            uint[] ids = tokenizer.Encode(string.Concat(cases.Select(c => $"q{char.ConvertFromUtf32(c)}{(char)Mark} ")));
            int at = 0;
            foreach (int c in cases)
            {
                Assert.Equal(2u * 'q', ids[at++]);
                int start = at;
                while (ids[at] >> 1 != Mark || (c == Mark && at == start)) at++;
                results[c] = ids[start..++at];
            }

            Assert.Equal(ids.Length, at);
        }

        return results;
    }

    private static Kind KindOf(int c, uint[] ids) => ids switch
    {
        [2 * Mark] => Kind.Space,
        [var x, 2 * Mark + 1] when x == 2 * c + 1 => Kind.Word,
        [var x, 2 * Mark] when x == 2 * c => Kind.Punctuation,
        _ => throw new InvalidOperationException($"U+{c:X4} is neither letter, space nor punctuation"),
    };

    private static void Map(List<byte> bytes, uint[][] mapped, uint[][] plain, Func<int, bool> skip)
    {
        int[] changed = [.. ReferenceTokenizer.CodePoints(0, End).Where(c => !skip(c) && !mapped[c].SequenceEqual(plain[c]))];
        Number(bytes, changed.Length);
        int before = 0;
        foreach (int c in changed)
        {
            Number(bytes, c - before);
            before = c;
            Number(bytes, mapped[c].Length - 1);
            foreach (uint id in mapped[c][..^1]) Number(bytes, (int)(id >> 1));
        }
    }

    /// <summary>Finds the marks that canonical ordering moves, and their order among each other.</summary>
    private static void NonStarters(List<byte> bytes, Tokenizer stripping, uint[][] strip)
    {
        bool Swaps(int first, int second) =>
            stripping.Encode($"q{char.ConvertFromUtf32(first)}{char.ConvertFromUtf32(second)}") is [_, var a, _] && a == 2 * second + 1;

        var kept = new List<int>();
        var stripped = new List<int>();
        foreach (int c in ReferenceTokenizer.CodePoints(0x80, End))
        {
            // of no category but these are there marks in any version of Unicode; those assigned later are starters for all
            if (CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)) continue;
            if (strip[c].Length == 1)
            {
                string text = $"q{char.ConvertFromUtf32(Class224)}{char.ConvertFromUtf32(c)}{char.ConvertFromUtf32(Class216)}";
                if (stripping.Encode(text) is [_, 2 * Class216 + 1, _]) stripped.Add(c);
            }
            else if (Swaps(Class224, c) || Swaps(c, Class216) || c is Class224)
            {
                kept.Add(c);
            }
        }

        // rank: how many of the others must stand before it
        var ranks = stripped.ToDictionary(c => c, _ => 0);
        foreach (int c in kept) ranks[c] = 1 + kept.Count(other => Swaps(c, other));
        var runs = new List<(int Start, int Length, int Rank)>();
        foreach (int c in ranks.Keys.Order())
        {
            if (runs.Count > 0 && runs[^1] is var last && last.Start + last.Length == c && last.Rank == ranks[c]) runs[^1] = last with { Length = last.Length + 1 };
            else runs.Add((c, 1, ranks[c]));
        }

        Number(bytes, runs.Count);
        int at = 0;
        foreach (var (start, length, rank) in runs)
        {
            Number(bytes, start - at);
            at = start;
            Number(bytes, length);
            Number(bytes, rank);
        }
    }

    private static void Number(List<byte> bytes, int value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}
