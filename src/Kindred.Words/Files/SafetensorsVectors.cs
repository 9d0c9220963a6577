using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Kindred.Vectors.Files;

namespace Kindred.Words.Files;

/// <summary>A matrix in a .safetensors file and its words in vocab.txt beside it, a word a line.</summary>
internal static class SafetensorsVectors
{
    internal const string VocabularyName = "vocab.txt";
    private const string TensorName = "embeddings";

    private sealed record Tensor(string Type, long Rows, long Columns);

    /// <summary>Whether a file begins as this form does: the length of its header, and a JSON object.</summary>
    internal static bool Is(ReadOnlySpan<byte> start, long length) =>
        start.Length > 8 && start[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)(length - 8);

    /// <summary>The .safetensors file of a folder.</summary>
    /// <exception cref="WordVectorFileException">There is none, or there are several.</exception>
    internal static string FileOf(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*.safetensors");
        return files.Length == 1 ? files[0] : throw WordVectorFileException.Whole(folder, $"this is a folder with {files.Length} .safetensors files; one beside {VocabularyName} would be read");
    }

    /// <summary>Reads the only matrix, or that called "embeddings": float32, float16 or bfloat16.</summary>
    /// <exception cref="WordVectorFileException">Names the byte or line and the field that is wrong.</exception>
    internal static (Vocabulary Words, NativeRows Rows) Read(string path, FileStream file)
    {
        var (tensor, place) = Find(path);
        string vocabulary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, VocabularyName);
        if (!File.Exists(vocabulary)) throw WordVectorFileException.Whole(path, $"there is no {VocabularyName} beside it, with a word a line");
        var words = Words(vocabulary, tensor.Rows, out bool[] first);

        var rows = new NativeRows(0, (int)tensor.Columns);
        rows.Reserve(words.Count);
        file.Position = 0;
        var cursor = new BinaryCursor(path, file, file.Length);
        cursor.Skip(place);
        byte[] bytes = new byte[tensor.Columns * Width(tensor.Type)];
        float[] row = new float[tensor.Columns];
        for (long i = 0; i < tensor.Rows; i++)
        {
            long at = cursor.Position;
            cursor.Item = i;
            cursor.Read(bytes, "row");
            switch (tensor.Type)
            {
                case "F32":
                    bytes.CopyTo(MemoryMarshal.AsBytes(row.AsSpan()));
                    break;
                case "F16":
                    for (int j = 0; j < row.Length; j++) row[j] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(2 * j));
                    break;
                default:
                    for (int j = 0; j < row.Length; j++) row[j] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * j)) << 16);
                    break;
            }
            foreach (float value in row)
                if (!(Math.Abs(value) <= RowQuantizer.LargestComponent)) throw WordVectorFileException.At(path, at, $"row {i}: not finite numbers of at most 1e18");
            if (first[i]) rows.Add(row);
        }
        return (words, rows);
    }

    /// <summary>Writes the words first, then the matrix, each beside its place and then renamed.</summary>
    /// <exception cref="IOException">A vocab.txt is there that belongs to something else.</exception>
    internal static void Write(string path, Vocabulary words, int dimensions, RowCopier copy)
    {
        string vocabulary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, VocabularyName);
        if (File.Exists(vocabulary) && !File.Exists(path)) throw new IOException($"{vocabulary} is there and belongs to something else: write into a folder of its own");
        AtomicFile.Write(vocabulary, file =>
        {
            for (int i = 0; i < words.Count; i++)
            {
                file.Write(words.Bytes(i));
                file.WriteByte((byte)'\n');
            }
        });
        SafetensorsFile.Write(path, new Dictionary<string, string>(), [new(TensorName, words.Count, dimensions, (i, row) => copy((int)i, row))]);
    }

    /// <summary>The matrix to read and the byte at which it begins.</summary>
    private static (Tensor Tensor, long Place) Find(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            string[] matrices = [.. file.Names.Where(name => file.Describe(name).Shape.Count == 2)];
            string name = matrices.Contains(TensorName) ? TensorName : matrices.Length == 1 ? matrices[0]
                : throw WordVectorFileException.At(path, 8, $"header: {matrices.Length} matrices and none is called \"{TensorName}\"");
            var (type, shape) = file.Describe(name);
            var tensor = new Tensor(type, shape[0], shape[1]);
            if (Width(type) == 0) throw file.Wrong(name, $"type {type} is none of F32, F16 and BF16");
            if (tensor.Columns is < 1 or > KwvHeader.MaxDimensions || tensor.Rows is < 0 or > KwvHeader.MaxCount)
                throw file.Wrong(name, $"shape [{tensor.Rows}, {tensor.Columns}] is outside {KwvHeader.MaxCount} words of 1 to {KwvHeader.MaxDimensions} dimensions");
            return (tensor, file.Place(name, Width(type), tensor.Rows, tensor.Columns));
        }
        catch (VectorFileException e)
        {
            throw WordVectorFileException.At(path, e.Offset, e.Problem);
        }
    }

    private static int Width(string type) => type switch { "F32" => 4, "F16" or "BF16" => 2, _ => 0 };

    /// <summary>The words, and which rows are the first of theirs.</summary>
    private static Vocabulary Words(string path, long count, out bool[] first)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (file.Length < 2 * count - 1) throw WordVectorFileException.Whole(path, $"{file.Length} bytes are too few for {count} words, a line each");
        first = new bool[count];
        var words = new VocabularyBuilder();
        var lines = new TextLines(path, file);
        long number = 0;
        while (lines.Next(out var word))
        {
            if (++number > count) throw WordVectorFileException.AtLine(path, number, $"a word beyond the {count} rows of the tensor");
            if (word.IsEmpty) throw WordVectorFileException.AtLine(path, number, "an empty line where a word is due");
            if (!Utf8.IsValid(word)) throw WordVectorFileException.AtLine(path, number, "the word is not UTF-8");
            first[number - 1] = words.Add(word);
        }
        if (number != count) throw WordVectorFileException.AtLine(path, number + 1, $"{number} words for the {count} rows of the tensor");
        return words.Build();
    }
}
