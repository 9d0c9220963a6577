using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Indexes;

/// <summary>A growing array outside the collector's memory, which may begin its life in memory of somebody else, such as a mapped file. Not safe for changes from several threads.</summary>
internal sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    ~NativeArray() => Free();

    public T* Items { get; private set; }

    /// <summary>How many items there is room for.</summary>
    public long Capacity { get; private set; }

    /// <summary>Whether the items stand in memory of somebody else.</summary>
    public bool IsBorrowed { get; private set; }

    public ref T this[long item]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Items[item];
    }

    /// <summary>Makes room, half as much again at least; what is new holds whatever.</summary>
    public void Reserve(long items)
    {
        if (items <= Capacity) return;
        long capacity = Math.Max(items, Capacity + (Capacity / 2) + 16), bytes = Capacity * sizeof(T);
        T* bigger = (T*)NativeBlock.Allocate(checked((nuint)capacity * (nuint)sizeof(T)));
        Buffer.MemoryCopy(Items, bigger, bytes, bytes);
        Free();
        Items = bigger;
        Capacity = capacity;
    }

    /// <summary>Takes items that stand in memory of somebody else, who keeps it until this is disposed or has grown.</summary>
    public void Borrow(T* items, long count)
    {
        Free();
        Items = items;
        Capacity = count;
        IsBorrowed = true;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back; the array is empty and may be used again.</summary>
    public void Free()
    {
        if (!IsBorrowed) NativeBlock.Free(Items);
        Items = null;
        Capacity = 0;
        IsBorrowed = false;
    }
}
