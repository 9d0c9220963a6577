using System.Runtime.InteropServices;

namespace Kindred.Learning;

/// <summary>Rows are equal when their bytes are.</summary>
internal sealed class RowComparer : IEqualityComparer<ReadOnlyMemory<float>>
{
    public static RowComparer Instance { get; } = new();

    public bool Equals(ReadOnlyMemory<float> x, ReadOnlyMemory<float> y) => MemoryMarshal.AsBytes(x.Span).SequenceEqual(MemoryMarshal.AsBytes(y.Span));

    public int GetHashCode(ReadOnlyMemory<float> row)
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(row.Span));
        return hash.ToHashCode();
    }
}
