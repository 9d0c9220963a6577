using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Indexes;

namespace Kindred.Words.Training;

/// <summary>Rows of float that many threads read and write at once without locks (Hogwild: Niu et al. 2011). Rows start at multiples of 64 bytes and are
/// filled up with zeros to whole vectors of 16, so that kernels have no tail.</summary>
internal sealed unsafe class RowMatrix : IDisposable
{
    private const int Lanes = 16;
    private readonly NativeArray<float> _items = new();

    internal RowMatrix(int rows, int dimensions)
    {
        Count = rows;
        Dimensions = dimensions;
        Stride = (dimensions + Lanes - 1) / Lanes * Lanes;
        _items.Reserve((long)rows * Stride);
        for (int i = 0; i < rows; i++) Padded(i).Clear();
    }

    internal int Count { get; }

    internal int Dimensions { get; }

    /// <summary>Numbers from one row to the next.</summary>
    internal int Stride { get; }

    internal float* Row(int index) => _items.Items + ((long)index * Stride);

    internal Span<float> this[int index] => new(Row(index), Dimensions);

    /// <summary>Fills rows with uniform numbers of at most ±0.5/dimensions, as word2vec.c begins.</summary>
    internal void Fill(ref Xoshiro random, int from, int to)
    {
        for (int i = from; i < to; i++)
            foreach (ref float x in this[i]) x = (random.NextSingle() - 0.5f) / Dimensions;
    }

    /// <summary>Copies rows.</summary>
    internal void CopyTo(RowMatrix other, int from, int to, int count)
    {
        for (int i = 0; i < count; i++) Padded(from + i).CopyTo(other.Padded(to + i));
    }

    /// <summary>Fetches a row that is needed soon.</summary>
    internal void Prefetch(int index)
    {
        if (!Sse.IsSupported) return;
        float* row = Row(index);
        for (int i = 0; i < Stride; i += Lanes) Sse.Prefetch0(row + i);
    }

    public void Dispose() => _items.Dispose();

    private Span<float> Padded(int index) => new(Row(index), Stride);
}
