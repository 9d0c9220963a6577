using System.Buffers.Binary;

namespace Kindred.Vectors.Files;

/// <summary>The .fvecs format of the TEXMEX data sets: each row an int32 d, then d float32, little-endian.</summary>
public static class FvecsFile
{
    /// <summary>Reads a matrix. Its size is checked against the file's before anything is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; empty for an empty file. Every component is finite.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong, or the row and the dimension of a NaN or an infinity.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, CancellationToken cancel = default)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0) return [];
        Span<byte> head = stackalloc byte[4];
        if (file.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4) throw new VectorFileException(path, 0, "too short for a dimension");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (dimensions is < 1 or > VectorRows.MaxDimensions) throw new VectorFileException(path, 0, $"dimension {dimensions} is outside 1 to {VectorRows.MaxDimensions}");
        long row = 4 + (4L * dimensions), rows = file.Length / row, cut = file.Length % row;
        if (cut != 0) throw new VectorFileException(path, file.Length - cut, $"the last row has {cut} of its {row} bytes");
        if (rows > int.MaxValue) throw new VectorFileException(path, 0, $"{rows} rows are more than can be read");
        file.Position = 0;
        return VectorRows.Read(file, path, (int)rows, dimensions, size: 4, gap: 4, cancel);
    }
}
