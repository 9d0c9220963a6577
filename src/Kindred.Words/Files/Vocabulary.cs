using System.IO.Hashing;
using System.Text;

namespace Kindred.Words.Files;

/// <summary>Words in order of their index and a hash table over them, in the layout of a .kwv file: mapped from one, or pinned arrays.</summary>
/// <remarks>Only a view: who holds it keeps the memory alive. Safe for many readers.</remarks>
internal sealed unsafe class Vocabulary
{
    private readonly byte* _bytes;
    private readonly uint* _offsets;
    private readonly uint* _table;
    private readonly int _slots;
    private readonly object? _owner;

    internal Vocabulary(byte* bytes, long byteCount, uint* offsets, int count, uint* table, int slots, object? owner)
    {
        _bytes = bytes;
        ByteCount = byteCount;
        _offsets = offsets;
        Count = count;
        _table = table;
        _slots = slots;
        _owner = owner;
        int longest = 0;
        for (int i = 0; i < count; i++) longest = Math.Max(longest, Bytes(i).Length);
        LongestBytes = longest;
    }

    internal int Count { get; }

    internal long ByteCount { get; }

    /// <summary>UTF-8 length of the longest word.</summary>
    internal int LongestBytes { get; }

    internal int Slots => _slots;

    internal ReadOnlySpan<byte> AllBytes => new(_bytes, (int)ByteCount);

    internal ReadOnlySpan<uint> Offsets => new(_offsets, Count + 1);

    internal ReadOnlySpan<uint> Table => new(_table, _slots);

    /// <summary>A word as UTF-8.</summary>
    internal ReadOnlySpan<byte> Bytes(int index)
    {
        uint start = _offsets[index], end = _offsets[index + 1];
        // checked at open; again here, because another process may write to a mapped file
        return start <= end && end <= ByteCount ? new(_bytes + start, (int)(end - start)) : [];
    }

    internal string Word(int index)
    {
        string word = Encoding.UTF8.GetString(Bytes(index));
        GC.KeepAlive(_owner);
        return word;
    }

    /// <summary>Finds a word by its UTF-8 bytes.</summary>
    /// <returns>Its index, or -1.</returns>
    internal int Find(ReadOnlySpan<byte> word)
    {
        if (word.Length > LongestBytes) return -1;
        int mask = _slots - 1;
        int slot = (int)XxHash3.HashToUInt64(word) & mask;
        for (int tried = 0; tried < _slots; tried++, slot = (slot + 1) & mask)
        {
            uint entry = _table[slot];
            if (entry == 0 || entry > Count) return -1;
            if (Bytes((int)entry - 1).SequenceEqual(word)) return (int)entry - 1;
        }
        return -1;
    }

    /// <summary>Checks what a file says about its words, so that nothing later reads beside them.</summary>
    /// <exception cref="WordVectorFileException">Names the byte and the field that is wrong.</exception>
    internal static void Check(string path, in KwvHeader header, ReadOnlySpan<byte> bytes, ReadOnlySpan<uint> offsets, ReadOnlySpan<uint> table)
    {
        if (offsets[0] != 0) throw WordVectorFileException.At(path, header.WordOffsets, $"word offset 0: {offsets[0]} where 0 is due");
        for (int i = 1; i < offsets.Length; i++)
        {
            long at = header.WordOffsets + (4L * i);
            if (offsets[i] <= offsets[i - 1]) throw WordVectorFileException.At(path, at, $"word offset {i}: {offsets[i]} is not above {offsets[i - 1]}");
            if (offsets[i] > bytes.Length) throw WordVectorFileException.At(path, at, $"word offset {i}: {offsets[i]} is beyond the {bytes.Length} bytes of the words");
            if ((bytes[(int)offsets[i - 1]] & 0xC0) == 0x80)
                throw WordVectorFileException.At(path, header.Words + offsets[i - 1], $"word {i - 1}: starts inside a UTF-8 character");
        }
        if (offsets[^1] != bytes.Length) throw WordVectorFileException.At(path, header.WordOffsets + (4L * (offsets.Length - 1)), $"last word offset: {offsets[^1]} where {bytes.Length} is due");
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw WordVectorFileException.At(path, header.Words, "words: not UTF-8");
        int used = 0;
        for (int i = 0; i < table.Length; i++)
        {
            if (table[i] == 0) continue;
            used++;
            if (table[i] > header.Count) throw WordVectorFileException.At(path, header.Table + (4L * i), $"slot {i}: word {table[i]} of {header.Count}");
        }
        if (used != header.Count) throw WordVectorFileException.At(path, header.Table, $"table: {used} slots in use for {header.Count} words");
    }
}
