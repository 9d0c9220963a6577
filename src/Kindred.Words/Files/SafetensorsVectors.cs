using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Kindred.Vectors.Files;

namespace Kindred.Words.Files;

/// <summary>A matrix in a .safetensors file and its words in vocab.txt beside it, a word a line.</summary>
internal static class SafetensorsVectors
{
    internal const string VocabularyName = "vocab.txt";
    private const string TensorName = "embeddings";
    private const int MaxHeader = 100_000_000;

    private sealed record Tensor(string Name, string Type, long Rows, long Columns, long Begin, long End);

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
        file.Position = 0;
        var cursor = new BinaryCursor(path, file, file.Length);
        ulong size = cursor.Read<ulong>("header length");
        if (size > MaxHeader || (long)size > file.Length - 8) throw WordVectorFileException.At(path, 0, $"header length: {size} bytes, the file has {file.Length - 8} behind it");
        byte[] header = new byte[size];
        cursor.Read(header, "header");
        var tensor = Pick(path, header);
        int width = tensor.Type switch
        {
            "F32" => 4,
            "F16" or "BF16" => 2,
            _ => throw WordVectorFileException.At(path, 8, $"tensor \"{tensor.Name}\": type {tensor.Type} is none of F32, F16 and BF16"),
        };
        if (tensor.Columns is < 1 or > KwvHeader.MaxDimensions || tensor.Rows is < 0 or > KwvHeader.MaxCount)
            throw WordVectorFileException.At(path, 8, $"tensor \"{tensor.Name}\": shape [{tensor.Rows}, {tensor.Columns}] is outside {KwvHeader.MaxCount} words of 1 to {KwvHeader.MaxDimensions} dimensions");
        if (tensor.Begin < 0 || tensor.End > file.Length - cursor.Position || tensor.End - tensor.Begin != tensor.Rows * tensor.Columns * width)
            throw WordVectorFileException.At(path, 8, $"tensor \"{tensor.Name}\": data_offsets {tensor.Begin} to {tensor.End} do not fit its shape and the {file.Length - cursor.Position} bytes of data");
        string vocabulary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, VocabularyName);
        if (!File.Exists(vocabulary)) throw WordVectorFileException.Whole(path, $"there is no {VocabularyName} beside it, with a word a line");
        var words = Words(vocabulary, tensor.Rows, out bool[] first);

        var rows = new NativeRows(0, (int)tensor.Columns);
        rows.Reserve(words.Count);
        cursor.Skip(tensor.Begin);
        byte[] bytes = new byte[tensor.Columns * width];
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
        AtomicFile.Write(path, file =>
        {
            string header = string.Create(CultureInfo.InvariantCulture,
                $"{{\"{TensorName}\":{{\"dtype\":\"F32\",\"shape\":[{words.Count},{dimensions}],\"data_offsets\":[0,{4L * words.Count * dimensions}]}}}}");
            header = header.PadRight((header.Length + 7) / 8 * 8);   // the data begins at a multiple of 8
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            file.Write(Encoding.ASCII.GetBytes(header));
            float[] row = new float[dimensions];
            for (int i = 0; i < words.Count; i++)
            {
                copy(i, row);
                file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        });
    }

    private static Tensor Pick(string path, byte[] header)
    {
        var matrices = new List<Tensor>();
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") continue;
                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
                long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
                if (offsets.Length != 2) throw WordVectorFileException.At(path, 8, $"tensor \"{entry.Name}\": data_offsets are not two numbers");
                if (shape.Length == 2) matrices.Add(new Tensor(entry.Name, entry.Value.GetProperty("dtype").GetString() ?? "", shape[0], shape[1], offsets[0], offsets[1]));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw WordVectorFileException.At(path, 8, $"header: {e.Message}");
        }
        return matrices.Find(t => t.Name == TensorName) ?? (matrices.Count == 1 ? matrices[0]
            : throw WordVectorFileException.At(path, 8, $"header: {matrices.Count} matrices and none is called \"{TensorName}\""));
    }

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
