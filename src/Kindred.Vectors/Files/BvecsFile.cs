namespace Kindred.Vectors.Files;

/// <summary>The .bvecs format of the TEXMEX data sets: each row an int32 d, then d bytes, little-endian.</summary>
public static class BvecsFile
{
    /// <summary>The shape of a matrix, from its first row and the file's length alone.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Rows and dimensions; 0 and 0 for an empty file.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static (long Rows, int Dimensions) Measure(string path) => VecsRows.Measure<byte>(path);

    /// <summary>Reads a matrix. Its size is checked against the file's before anything is kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; empty for an empty file.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(string path, CancellationToken cancel = default) => VecsRows.Read<byte>(path, cancel);

    /// <summary>Reads some rows of a matrix, which as a whole may be larger than memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">The first row to read, from 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [count][d].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The file has no such rows.</exception>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(string path, long first, int count, CancellationToken cancel = default) => VecsRows.Read<byte>(path, first, count, cancel);

    /// <summary>Writes a matrix, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="rows">Shape [n][d]: every row of the same length, 1 to 65,536; no rows make an empty file.</param>
    /// <exception cref="ArgumentException">A row has another length.</exception>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> rows) => VecsRows.Write(path, rows);
}
