using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>One list of an inverted index: ids and codes without gaps, in memory that is lent to it until it changes. Not safe for changes from several threads.</summary>
internal sealed unsafe class IvfList(int codeBytes, int exactBytes)
{
    public int Count { get; private set; }

    /// <summary>Rows there is room for.</summary>
    public int Capacity { get; private set; }

    public long* Ids { get; private set; }

    public byte* Codes { get; private set; }

    /// <summary>What is kept for rescoring; null when nothing is.</summary>
    public byte* Exact { get; private set; }

    /// <summary>Whether its memory is its own.</summary>
    public bool IsOwner { get; private set; }

    /// <summary>Whether its bytes are as they were written; false until somebody has looked.</summary>
    public bool IsChecked { get; set; } = true;

    public Span<byte> Code(int row) => new(Codes + ((nint)row * codeBytes), codeBytes);

    public Span<byte> ExactCode(int row) => new(Exact + ((nint)row * exactBytes), exactBytes);

    /// <summary>Takes rows that lie in memory of somebody else.</summary>
    public void Borrow(byte* ids, byte* codes, byte* exact, int count)
    {
        Take(ids, codes, exactBytes > 0 ? exact : null, count, isOwner: false);
        Count = count;
    }

    /// <summary>Appends a row whose codes the caller fills in.</summary>
    public int Add(long id)
    {
        if (Count == Capacity) Own(checked(Math.Max(4, Capacity + (Capacity / 2))));
        Ids[Count] = id;
        return Count++;
    }

    /// <summary>Removes a row; the last one takes its place.</summary>
    public void RemoveAt(int row)
    {
        int last = --Count;
        if (row == last) return;
        Ids[row] = Ids[last];
        Code(last).CopyTo(Code(row));
        if (exactBytes > 0) ExactCode(last).CopyTo(ExactCode(row));
    }

    /// <summary>Moves into memory of its own.</summary>
    /// <param name="capacity">Rows to make room for, at least <see cref="Count"/>.</param>
    public void Own(int capacity)
    {
        byte* ids = Copy((byte*)Ids, sizeof(long), capacity), codes = Copy(Codes, codeBytes, capacity), exact = exactBytes > 0 ? Copy(Exact, exactBytes, capacity) : null;
        if (IsOwner) FreeOwn();
        Take(ids, codes, exact, capacity, isOwner: true);
    }

    public void Free()
    {
        if (IsOwner) FreeOwn();
        Take(null, null, null, 0, isOwner: false);
        Count = 0;
    }

    private void Take(byte* ids, byte* codes, byte* exact, int capacity, bool isOwner)
    {
        Ids = (long*)ids;
        Codes = codes;
        Exact = exact;
        Capacity = capacity;
        IsOwner = isOwner;
    }

    private void FreeOwn()
    {
        NativeMemory.AlignedFree(Ids);
        NativeMemory.AlignedFree(Codes);
        NativeMemory.AlignedFree(Exact);
    }

    private byte* Copy(byte* from, int rowBytes, int rows)
    {
        byte* copy = (byte*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(rows, 1) * (nuint)rowBytes), 64);
        long bytes = (long)Count * rowBytes;
        Buffer.MemoryCopy(from, copy, bytes, bytes);
        return copy;
    }
}
