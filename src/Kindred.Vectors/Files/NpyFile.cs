using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kindred.Vectors.Files;

/// <summary>Writes NumPy's .npy format, version 1.0 (NEP 1): two-dimensional float32, little-endian, row-major.</summary>
public static class NpyFile
{
    /// <summary>Writes a matrix, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="rows">Shape [n, d]: every row of the same length.</param>
    /// <param name="dimensions">d, for a matrix without rows.</param>
    /// <exception cref="ArgumentException">A row has another length.</exception>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<float>> rows, int dimensions)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Count}, {dimensions}), }}");
        header = header.PadRight(((header.Length + 10 + 64) / 64 * 64) - 11) + "\n";   // the data starts on a multiple of 64
        string beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = File.Create(beside))
            {
                file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
                Span<byte> length = stackalloc byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
                file.Write(length);
                file.Write(Encoding.ASCII.GetBytes(header));
                foreach (var row in rows)
                {
                    if (row.Length != dimensions) throw new ArgumentException($"A row has {row.Length} components, not {dimensions}.", nameof(rows));
                    file.Write(MemoryMarshal.AsBytes(row.Span));
                }
            }

            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
