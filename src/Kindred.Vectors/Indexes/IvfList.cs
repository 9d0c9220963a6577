using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>One list of an inverted index: ids and codes without gaps, in native memory. Not safe for changes from several threads.</summary>
internal sealed unsafe class IvfList(int codeBytes, int exactBytes)
{
    public int Count { get; private set; }

    /// <summary>Rows there is room for.</summary>
    public int Capacity { get; private set; }

    public long* Ids { get; private set; }

    public byte* Codes { get; private set; }

    /// <summary>What is kept for rescoring; null when nothing is.</summary>
    public byte* Exact { get; private set; }

    public Span<byte> Code(int row) => new(Codes + ((nint)row * codeBytes), codeBytes);

    public Span<byte> ExactCode(int row) => new(Exact + ((nint)row * exactBytes), exactBytes);

    /// <summary>Appends a row whose codes the caller fills in.</summary>
    public int Add(long id)
    {
        if (Count == Capacity) Reserve(checked(Math.Max(4, Capacity + (Capacity / 2))));
        Ids[Count] = id;
        return Count++;
    }

    /// <summary>Makes room, and rows without content, for a number of rows.</summary>
    public void Resize(int count)
    {
        if (count > Capacity) Reserve(count);
        Count = count;
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

    public void Free()
    {
        NativeMemory.AlignedFree(Ids);
        NativeMemory.AlignedFree(Codes);
        NativeMemory.AlignedFree(Exact);
        Ids = null;
        Codes = Exact = null;
        Count = Capacity = 0;
    }

    private void Reserve(int rows)
    {
        Ids = (long*)Bigger((byte*)Ids, sizeof(long), rows);
        Codes = Bigger(Codes, codeBytes, rows);
        if (exactBytes > 0) Exact = Bigger(Exact, exactBytes, rows);
        Capacity = rows;
    }

    private byte* Bigger(byte* old, int rowBytes, int rows)
    {
        byte* bigger = (byte*)NativeMemory.AlignedAlloc(checked((nuint)rows * (nuint)rowBytes), 64);
        long bytes = (long)Count * rowBytes;
        Buffer.MemoryCopy(old, bigger, bytes, bytes);
        NativeMemory.AlignedFree(old);
        return bigger;
    }
}
