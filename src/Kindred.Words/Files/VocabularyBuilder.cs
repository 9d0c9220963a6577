using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Kindred.Words.Files;

/// <summary>Collects words, each once, in the order they come.</summary>
internal sealed unsafe class VocabularyBuilder
{
    private byte[] _bytes = new byte[1024];
    private uint[] _offsets = new uint[64];
    private uint[] _table = new uint[KwvHeader.SlotsFor(48)];
    private int _used;

    internal int Count { get; private set; }

    /// <summary>UTF-8 length of all words.</summary>
    internal int ByteCount => _used;

    /// <summary>Finds a word.</summary>
    /// <returns>Its place, or -1.</returns>
    internal int Find(ReadOnlySpan<byte> word) => (int)_table[Slot(word)] - 1;

    /// <summary>Adds a word.</summary>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="OverflowException">All words together pass 2 GiB.</exception>
    internal bool Add(ReadOnlySpan<byte> word)
    {
        if (KwvHeader.SlotsFor(Count + 1) > _table.Length) _table = Fill(KwvHeader.SlotsFor(2 * (Count + 1)));
        int slot = Slot(word);
        if (_table[slot] != 0) return false;
        int end = checked(_used + word.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Math.Max(end, 2L * _bytes.Length), Array.MaxLength));
        word.CopyTo(_bytes.AsSpan(_used));
        _used = end;
        Count++;
        if (Count + 1 > _offsets.Length) Array.Resize(ref _offsets, 2 * _offsets.Length);
        _offsets[Count] = (uint)end;
        _table[slot] = (uint)Count;
        return true;
    }

    /// <summary>Adds a word of a binary file.</summary>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="WordVectorFileException">All words together pass 2 GiB, or there are too many; names the byte.</exception>
    internal bool Add(BinaryCursor cursor, long at, ReadOnlySpan<byte> word)
    {
        try
        {
            return Count < KwvHeader.MaxCount ? Add(word) : throw new OverflowException();
        }
        catch (OverflowException)
        {
            throw WordVectorFileException.At(cursor.Path, at, "the words up to here pass 2 GiB or 800,000,000");
        }
    }

    /// <summary>The words in memory that stays where it is. The table depends on the words and their order alone.</summary>
    internal Vocabulary Build()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Math.Max(_used, 1), pinned: true);
        uint[] offsets = GC.AllocateUninitializedArray<uint>(Count + 1, pinned: true);
        _bytes.AsSpan(0, _used).CopyTo(bytes);
        _offsets.AsSpan(0, Count + 1).CopyTo(offsets);
        uint[] filled = Fill(KwvHeader.SlotsFor(Count));
        uint[] table = GC.AllocateUninitializedArray<uint>(filled.Length, pinned: true);
        filled.CopyTo(table, 0);
        return new Vocabulary(Pointer<byte>(bytes), _used, Pointer<uint>(offsets), Count, Pointer<uint>(table), table.Length, (bytes, offsets, table));

        static T* Pointer<T>(T[] pinned) where T : unmanaged => (T*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
    }

    /// <summary>Where in the table a word stands, or would.</summary>
    private int Slot(ReadOnlySpan<byte> word)
    {
        int mask = _table.Length - 1, slot = (int)XxHash3.HashToUInt64(word) & mask;
        while (_table[slot] != 0 && !Bytes((int)_table[slot] - 1).SequenceEqual(word)) slot = (slot + 1) & mask;
        return slot;
    }

    private uint[] Fill(int slots)
    {
        uint[] table = new uint[slots];
        for (int i = 0; i < Count; i++)
        {
            int slot = (int)XxHash3.HashToUInt64(Bytes(i)) & (slots - 1);
            while (table[slot] != 0) slot = (slot + 1) & (slots - 1);
            table[slot] = (uint)i + 1;
        }
        return table;
    }

    /// <summary>A word as UTF-8.</summary>
    internal ReadOnlySpan<byte> Bytes(int index) => _bytes.AsSpan((int)_offsets[index], (int)(_offsets[index + 1] - _offsets[index]));
}
