using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// A record of equal size for each node, in native blocks of a power of two of records behind a table: to grow moves at most the last block, and
/// blocks may lie in memory of somebody else, such as a mapped file. Not safe for changes from several threads.
/// </summary>
internal sealed unsafe class NodeBlocks(long recordBytes, int shift) : IDisposable
{
    /// <summary>A whole block is at most so large, unless its records are giants: what is left of the last block is given away.</summary>
    private const long MostBlockBytes = 64 << 20;

    private const int SmallestShift = 4;
    private const int LargestShift = 16;

    private readonly nint _recordBytes = (nint)recordBytes;
    private readonly int _mask = (1 << shift) - 1;
    private byte** _blocks;
    private int _used;
    private int _borrowed;

    ~NodeBlocks() => Free();

    /// <summary>Nodes there is room for.</summary>
    public int Capacity { get; private set; }

    /// <summary>Where a node's record starts.</summary>
    public byte* this[int node]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _blocks[node >> shift] + ((node & _mask) * _recordBytes);
    }

    /// <summary>The binary logarithm of a good number of records in a block.</summary>
    public static int ShiftFor(long recordBytes) => Math.Clamp(BitOperations.Log2((ulong)Math.Max(1, MostBlockBytes / recordBytes)), SmallestShift, LargestShift);

    /// <summary>Makes room for nodes: by half as much again while there is one block, then by whole blocks.</summary>
    public void Reserve(int nodes)
    {
        if (nodes <= Capacity) return;
        int whole = 1 << shift, blocks = (int)(((long)nodes + whole - 1) >> shift);
        if (blocks == 1)
        {
            Resize(0, (int)Math.Min(whole, Math.Max(nodes, Capacity + (Capacity / 2L) + 16)));
            return;
        }

        if (_used > 0) Resize(_used - 1, whole);
        while (_used < blocks) Resize(_used, whole);
    }

    /// <summary>Takes records that stand in a row in memory of somebody else, who keeps it until this is disposed.</summary>
    public void Borrow(byte* records, int nodes)
    {
        Free();
        int blocks = (int)(((long)nodes + _mask) >> shift);
        GrowTable(blocks);
        for (int block = 0; block < blocks; block++) _blocks[block] = records + (((nint)block << shift) * _recordBytes);
        (_used, _borrowed, Capacity) = (blocks, blocks, nodes);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the last block, or one behind it, room for a number of records.</summary>
    private void Resize(int block, int records)
    {
        int held = block < _used ? Capacity - (block << shift) : 0;
        if (held == records) return;
        byte* bigger = (byte*)NativeBlock.Allocate(checked((nuint)_recordBytes * (nuint)records));
        if (block < _used)
        {
            Buffer.MemoryCopy(_blocks[block], bigger, held * (long)_recordBytes, held * (long)_recordBytes);
            if (block >= _borrowed) NativeBlock.Free(_blocks[block]);
            _borrowed = Math.Min(_borrowed, block);
        }
        else
        {
            GrowTable(block + 1);
            _used = block + 1;
        }

        _blocks[block] = bigger;
        Capacity = (block << shift) + records;
    }

    private void GrowTable(int blocks) => _blocks = (byte**)NativeMemory.Realloc(_blocks, (nuint)(blocks * sizeof(byte*)));

    private void Free()
    {
        for (int block = _borrowed; block < _used; block++) NativeBlock.Free(_blocks[block]);
        NativeMemory.Free(_blocks);
        _blocks = null;
        (_used, _borrowed, Capacity) = (0, 0, 0);
    }
}
