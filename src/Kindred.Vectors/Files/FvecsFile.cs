namespace Kindred.Vectors.Files;

/// <summary>The .fvecs format of the TEXMEX data sets: each row an int32 d, then d float32, little-endian.</summary>
public static class FvecsFile
{
    /// <summary>The shape of a matrix, from its first row and the file's length alone.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Rows and dimensions; 0 and 0 for an empty file.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static (long Rows, int Dimensions) Measure(string path) => VecsRows.Measure<float>(path);

    /// <summary>Reads a matrix, packed by gzip or not. Its size is checked against the file's before anything is kept; of a packed one against what so many bytes may hold.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; empty for an empty file. Every component is finite.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong, or the row and the dimension of a NaN or an infinity.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, CancellationToken cancel = default) => VecsRows.ReadFloats(path, cancel);

    /// <summary>As <see cref="Read(string, CancellationToken)"/>, for a caller that looks for himself which rows he can use: components may be NaN or infinite.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; empty for an empty file.</returns>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> ReadUnchecked(string path, CancellationToken cancel = default) => VecsRows.ReadFloats(path, cancel, finite: false);

    /// <summary>Reads some rows of a matrix, which as a whole may be larger than memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">The first row to read, from 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [count][d]. Every component is finite.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The file has no such rows.</exception>
    /// <exception cref="VectorFileException">Names the byte and the field that is wrong, or the row and the dimension of a NaN or an infinity.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, long first, int count, CancellationToken cancel = default) => VecsRows.Read<float>(path, first, count, cancel);

    /// <summary>Writes a matrix, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="rows">Shape [n][d]: every row of the same length, 1 to 65,536; no rows make an empty file.</param>
    /// <exception cref="ArgumentException">A row has another length or a component that is not finite.</exception>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<float>> rows) => VecsRows.Write(path, rows);
}
