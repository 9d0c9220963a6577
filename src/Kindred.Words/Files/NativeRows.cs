using System.Runtime.InteropServices;
using Kindred.Vectors.Indexes;

namespace Kindred.Words.Files;

/// <summary>A matrix of float outside the collector's memory, row by row, as large as memory allows. Fresh rows hold whatever.</summary>
internal sealed unsafe class NativeRows : SafeHandle
{
    private long _capacity;

    internal NativeRows(long count, int dimensions)
        : base(0, ownsHandle: true)
    {
        Dimensions = dimensions;
        Reserve(Math.Max(count, 1));
        Count = count;
    }

    public override bool IsInvalid => handle == 0;

    internal float* Start => (float*)handle;

    internal long Count { get; private set; }

    internal int Dimensions { get; }

    internal Span<float> this[long row] => new(Start + (row * Dimensions), Dimensions);

    /// <summary>Adds a row at the end; not while others read.</summary>
    internal void Add(ReadOnlySpan<float> row)
    {
        if (Count == _capacity) Reserve(2 * _capacity);
        row.CopyTo(this[Count++]);
    }

    /// <summary>Makes room for so many rows.</summary>
    internal void Reserve(long rows)
    {
        if (rows <= _capacity) return;
        float* larger = (float*)NativeBlock.Allocate(checked((nuint)rows * (nuint)Dimensions * sizeof(float)));
        if (handle != 0)
        {
            long used = Count * Dimensions * sizeof(float);
            Buffer.MemoryCopy(Start, larger, used, used);
            NativeBlock.Free(Start);
        }
        SetHandle((nint)larger);
        _capacity = rows;
    }

    internal void Clear() => NativeMemory.Clear(Start, (nuint)Count * (nuint)Dimensions * sizeof(float));

    protected override bool ReleaseHandle()
    {
        NativeBlock.Free((void*)handle);
        return true;
    }
}
