using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kindred.Vectors.Files;

/// <summary>A named array that <see cref="SafetensorsFile.Write"/> stores.</summary>
public sealed class SafetensorsTensor
{
    private const int Piece = 1 << 20;

    private readonly Array? _values;
    private readonly Action<long, float[]>? _row;

    private SafetensorsTensor(string name, string type, int width, Array values, long[] shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(values);
        if (shape.Length == 0) shape = [values.LongLength];
        long count = 1;
        foreach (long side in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(side, nameof(shape));
            count = checked(count * side);
        }

        if (count != values.LongLength) throw new ArgumentException($"{name}: shape [{string.Join(", ", shape)}] is not that of {values.LongLength} values.", nameof(shape));
        (Name, Type, Width, _values, Shape) = (name, type, width, values, shape);
    }

    /// <summary>float32 rows that are asked for one by one, twice in all.</summary>
    internal SafetensorsTensor(string name, long rows, int dimensions, Action<long, float[]> row) => (Name, Type, Width, _row, Shape) = (name, "F32", 4, row, [rows, dimensions]);

    /// <summary>float32 values.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="values">Row by row; not copied.</param>
    /// <param name="shape">Its sides; [values.Length] when left out.</param>
    /// <exception cref="ArgumentException">The shape is not that of the values.</exception>
    public SafetensorsTensor(string name, float[] values, params long[] shape)
        : this(name, "F32", 4, values, shape)
    {
    }

    /// <summary>float64 values.</summary>
    /// <inheritdoc cref="SafetensorsTensor(string, float[], long[])"/>
    public SafetensorsTensor(string name, double[] values, params long[] shape)
        : this(name, "F64", 8, values, shape)
    {
    }

    /// <summary>int32 values.</summary>
    /// <inheritdoc cref="SafetensorsTensor(string, float[], long[])"/>
    public SafetensorsTensor(string name, int[] values, params long[] shape)
        : this(name, "I32", 4, values, shape)
    {
    }

    /// <summary>int8 values.</summary>
    /// <inheritdoc cref="SafetensorsTensor(string, float[], long[])"/>
    public SafetensorsTensor(string name, sbyte[] values, params long[] shape)
        : this(name, "I8", 1, values, shape)
    {
    }

    /// <summary>Bytes.</summary>
    /// <inheritdoc cref="SafetensorsTensor(string, float[], long[])"/>
    public SafetensorsTensor(string name, byte[] values, params long[] shape)
        : this(name, "U8", 1, values, shape)
    {
    }

    internal delegate void TakePiece(ReadOnlySpan<byte> bytes);

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    internal string Type { get; }

    internal int Width { get; }

    internal long[] Shape { get; }

    internal long Bytes => Shape.Aggregate((long)Width, (all, side) => all * side);

    /// <summary>Hands over the values' bytes from front to back.</summary>
    internal void ForEachPiece(TakePiece take)
    {
        if (_row is not null)
        {
            float[] row = new float[Shape[1]];
            for (long i = 0; i < Shape[0]; i++)
            {
                _row(i, row);
                take(MemoryMarshal.AsBytes(row.AsSpan()));
            }

            return;
        }

        ref byte first = ref MemoryMarshal.GetArrayDataReference(_values!);
        for (long at = 0, all = Bytes; at < all; at += Piece)
            take(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref first, (nint)at), (int)Math.Min(Piece, all - at)));
    }
}
