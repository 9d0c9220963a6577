namespace Kindred.Models.Tokenizers;

/// <summary>
/// What Hugging Face's BERT normalizer and pre-tokenizer do with each code point, as a table. It is measured, not derived
/// (README.md in this folder says how), because they mix Unicode versions, and because .NET cannot decompose text in invariant mode.
/// </summary>
internal sealed class BertUnicode
{
    internal const byte Space = 1, Punctuation = 2, ClassMask = 3, Dropped = 4, Ideograph = 8, Decomposes = 16, Lowers = 32, NonStarter = 64;

    private const int CodePoints = 0x110000, PageSize = 256;
    private const int HangulFirst = 0xAC00, HangulCount = 11172, HangulVowels = 21, HangulTrails = 28;

    private static BertUnicode? shared;

    private readonly ushort[] pageOf = new ushort[CodePoints / PageSize];
    private readonly byte[] pages;
    private readonly Dictionary<int, int[]> decompositions;
    private readonly Dictionary<int, int[]> lowers;
    private readonly Dictionary<int, byte> ranks = [];

    private BertUnicode(ReadOnlySpan<byte> table)
    {
        var reader = new Reader(table);
        byte[] flags = new byte[CodePoints];
        for (int at = 0; at < CodePoints;)
        {
            int length = reader.Next();
            flags.AsSpan(at, length).Fill((byte)reader.Next());
            at += length;
        }

        decompositions = ReadMap(ref reader, flags, Decomposes);
        lowers = ReadMap(ref reader, flags, Lowers);
        for (int i = reader.Next(), at = 0; i > 0; i--)
        {
            at += reader.Next();
            int length = reader.Next();
            byte rank = (byte)reader.Next();
            for (int c = at; c < at + length; c++)
            {
                flags[c] |= NonStarter;
                ranks[c] = rank;
            }
        }

        flags.AsSpan(HangulFirst, HangulCount).Fill(Decomposes);
        pages = Fold(flags, pageOf);
    }

    /// <summary>The one table, unpacked when the first character beyond ASCII is met.</summary>
    public static BertUnicode Shared => shared ??= Load();

    /// <summary>The flags of a code point.</summary>
    public byte this[int codePoint] => pages[pageOf[codePoint >> 8] * PageSize + (codePoint & 0xFF)];

    /// <summary>The canonical decomposition of a code point without its non-spacing marks; empty for such a mark.</summary>
    /// <param name="codePoint">A code point whose flags say <see cref="Decomposes"/>.</param>
    /// <param name="hangul">Room for three code points.</param>
    public ReadOnlySpan<int> Decompose(int codePoint, Span<int> hangul)
    {
        int syllable = codePoint - HangulFirst;
        if ((uint)syllable >= HangulCount) return decompositions[codePoint];

        // arithmetic decomposition: Unicode standard, section 3.12
        hangul[0] = 0x1100 + syllable / (HangulVowels * HangulTrails);
        hangul[1] = 0x1161 + syllable % (HangulVowels * HangulTrails) / HangulTrails;
        hangul[2] = 0x11A7 + syllable % HangulTrails;
        return hangul[..(syllable % HangulTrails == 0 ? 2 : 3)];
    }

    /// <summary>The lower case of a code point whose flags say <see cref="Lowers"/>.</summary>
    public ReadOnlySpan<int> Lower(int codePoint) => lowers[codePoint];

    /// <summary>The place of a non-starter among the others in canonical order; 0 for one that is stripped.</summary>
    public int Rank(int codePoint) => ranks[codePoint];

    private static BertUnicode Load()
    {
        using var stream = typeof(BertUnicode).Assembly.GetManifestResourceStream("Kindred.Models.Tokenizers.BertUnicode.bin")!;
        byte[] table = new byte[stream.Length];
        stream.ReadExactly(table);
        return new BertUnicode(table);
    }

    private static Dictionary<int, int[]> ReadMap(ref Reader reader, byte[] flags, byte flag)
    {
        int count = reader.Next();
        var map = new Dictionary<int, int[]>(count);
        for (int c = 0; count > 0; count--)
        {
            c += reader.Next();
            int length = reader.Next();
            int[] to = length == 0 ? [] : new int[length];
            for (int i = 0; i < length; i++) to[i] = reader.Next();
            map[c] = to;
            flags[c] |= flag;
        }

        return map;
    }

    /// <summary>Keeps one copy of each page of 256 flags: about 150 of the 4,352 differ.</summary>
    private static byte[] Fold(ReadOnlySpan<byte> flags, Span<ushort> pageOf)
    {
        var kept = new List<byte>();
        var known = new Dictionary<int, List<ushort>>();
        for (int p = 0; p < pageOf.Length; p++)
        {
            var page = flags.Slice(p * PageSize, PageSize);
            var hash = new HashCode();
            hash.AddBytes(page);
            int key = hash.ToHashCode();
            if (!known.TryGetValue(key, out var same)) known[key] = same = [];
            int found = -1;
            foreach (ushort k in same)
            {
                if (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(kept).Slice(k * PageSize, PageSize).SequenceEqual(page)) found = k;
            }

            if (found < 0)
            {
                found = kept.Count / PageSize;
                same.Add((ushort)found);
                kept.AddRange(page);
            }

            pageOf[p] = (ushort)found;
        }

        return [.. kept];
    }

    /// <summary>Unsigned LEB128 numbers, one after another.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> rest = bytes;

        public int Next()
        {
            int value = 0, shift = 0, i = 0;
            for (; rest[i] >= 0x80; i++, shift += 7) value |= (rest[i] & 0x7F) << shift;
            value |= rest[i] << shift;
            rest = rest[(i + 1)..];
            return value;
        }
    }
}
