using System.Runtime.InteropServices;
using Kindred.Words.Files;

namespace Kindred.Words.FastText;

/// <summary>fastText's quantised matrix: each row a product code, and its length a code of its own where "qnorm" is set.</summary>
/// <remarks>A. Joulin and others, "FastText.zip: compressing text classification models", arXiv 1612.03651.</remarks>
internal static class QuantizedMatrix
{
    private const int Centroids = 256;

    /// <summary>fastText makes parts of 2; the bound keeps what is spread out in proportion to the file.</summary>
    private const int LongestPart = 64;

    /// <summary>Centroids of a product quantiser: for each part of a vector, 256 of them.</summary>
    private sealed record Quantizer(int Dimensions, int Parts, int PartLength, int LastLength, float[] Values)
    {
        internal ReadOnlySpan<float> Centroid(int part, byte code) => part == Parts - 1
            ? Values.AsSpan((part * Centroids * PartLength) + (code * LastLength), LastLength)
            : Values.AsSpan(((part * Centroids) + code) * PartLength, PartLength);
    }

    /// <summary>Reads a matrix and spreads it out to float.</summary>
    /// <param name="cursor">At its first byte.</param>
    /// <param name="rows">How many rows are due, or null for any number.</param>
    /// <param name="dimensions">How many columns are due.</param>
    /// <param name="field">What to call it in errors.</param>
    internal static NativeRows Read(BinaryCursor cursor, long? rows, int dimensions, string field)
    {
        long at = cursor.Position;
        bool lengths = cursor.Read<byte>($"length codes of the {field}") != 0;
        long count = cursor.Read<long>($"rows of the {field}"), columns = cursor.Read<long>($"columns of the {field}");
        if (count < 0 || (rows is { } due && count != due)) throw WordVectorFileException.At(cursor.Path, at + 1, $"rows of the {field}: {count} where {rows} are due");
        if (columns != dimensions) throw WordVectorFileException.At(cursor.Path, at + 9, $"columns of the {field}: {columns} where {dimensions} are due");
        at = cursor.Position;
        int size = cursor.Read<int>($"bytes of codes of the {field}");
        cursor.Need(size, 1, $"codes of the {field}");
        byte[] codes = new byte[size];
        cursor.Read(codes, $"codes of the {field}");
        var quantizer = ReadQuantizer(cursor, dimensions, field);
        if (size != count * quantizer.Parts) throw WordVectorFileException.At(cursor.Path, at, $"bytes of codes of the {field}: {size} where {count} rows of {quantizer.Parts} are due");
        byte[] lengthCodes = [];
        Quantizer? lengthQuantizer = null;
        if (lengths)
        {
            cursor.Need(count, 1, $"length codes of the {field}");
            lengthCodes = new byte[count];
            cursor.Read(lengthCodes, $"length codes of the {field}");
            lengthQuantizer = ReadQuantizer(cursor, 1, $"lengths of the {field}");
        }

        var matrix = new NativeRows(count, dimensions);
        for (int i = 0; i < count; i++)
        {
            float length = lengthQuantizer is null ? 1 : lengthQuantizer.Centroid(0, lengthCodes[i])[0];
            var rest = matrix[i];
            for (int part = 0; part < quantizer.Parts; part++)
            {
                var centroid = quantizer.Centroid(part, codes[(i * quantizer.Parts) + part]);
                for (int j = 0; j < centroid.Length; j++) rest[j] = length * centroid[j];
                rest = rest[centroid.Length..];
            }
            cursor.CheckFinite(matrix[i], at, field);
        }
        return matrix;
    }

    private static Quantizer ReadQuantizer(BinaryCursor cursor, int dimensions, string field)
    {
        long at = cursor.Position;
        int d = cursor.Read<int>($"dimensions of the quantiser of the {field}"), parts = cursor.Read<int>($"parts of the {field}");
        int length = cursor.Read<int>($"part length of the {field}"), last = cursor.Read<int>($"last part length of the {field}");
        if (d != dimensions || parts < 1 || length is < 1 or > LongestPart || last < 1 || last > length || ((parts - 1L) * length) + last != dimensions)
            throw WordVectorFileException.At(cursor.Path, at, $"quantiser of the {field}: {parts} parts of {length}, the last of {last}, do not make {dimensions} dimensions");
        cursor.Need((long)d * Centroids, 4, $"centroids of the {field}");
        float[] values = new float[d * Centroids];
        at = cursor.Position;
        cursor.Read(MemoryMarshal.AsBytes(values.AsSpan()), $"centroids of the {field}");
        cursor.CheckFinite(values, at, $"centroids of the {field}");
        return new Quantizer(d, parts, length, last, values);
    }
}
