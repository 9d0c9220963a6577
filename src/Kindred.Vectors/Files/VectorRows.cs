using System.Buffers.Binary;

namespace Kindred.Vectors.Files;

/// <summary>Rows of floating-point numbers as files of several formats hold them, little-endian.</summary>
internal static class VectorRows
{
    public const int MaxDimensions = 65536;

    /// <param name="file">Stands at the first row; its length has been checked.</param>
    /// <param name="path">For errors.</param>
    /// <param name="rows">How many.</param>
    /// <param name="dimensions">Components of each.</param>
    /// <param name="size">Bytes of a component: 2, 4 or 8.</param>
    /// <param name="gap">Bytes before each row that are no component; each must hold the row's length as int32 when it is 4.</param>
    /// <param name="cancel">Stops between two rows.</param>
    public static ReadOnlyMemory<float>[] Read(Stream file, string path, int rows, int dimensions, int size, int gap, CancellationToken cancel)
    {
        var all = new ReadOnlyMemory<float>[rows];
        byte[] bytes = new byte[gap + (dimensions * size)];
        using var buffered = new BufferedStream(file, 1 << 20);
        long offset = file.Position;
        for (int row = 0; row < rows; row++, offset += bytes.Length)
        {
            cancel.ThrowIfCancellationRequested();
            buffered.ReadExactly(bytes);
            if (gap == 4 && BinaryPrimitives.ReadInt32LittleEndian(bytes) is var said && said != dimensions)
                throw new VectorFileException(path, offset, $"row {row} has dimension {said}, row 0 has {dimensions}");
            float[] vector = new float[dimensions];
            for (int d = 0; d < dimensions; d++)
            {
                var at = bytes.AsSpan(gap + (d * size));
                vector[d] = size switch
                {
                    2 => (float)BinaryPrimitives.ReadHalfLittleEndian(at),
                    4 => BinaryPrimitives.ReadSingleLittleEndian(at),
                    _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
                };
                if (!float.IsFinite(vector[d])) throw new VectorFileException(path, offset + gap + (d * size), $"row {row}, dimension {d} is not a finite float32");
            }

            all[row] = vector;
        }

        return all;
    }
}
