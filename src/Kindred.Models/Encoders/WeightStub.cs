using System.Globalization;
using System.Text;

namespace Kindred.Models.Encoders;

/// <summary>
/// A network without its large weights: the same ONNX model, whose weight matrices are named as external data that lie in the very file they were
/// taken from. ONNX Runtime maps such weights into memory instead of reading, parsing and copying them, which makes opening about three times as
/// fast and leaves the rows of the vocabulary that no text uses on the disk.
/// </summary>
internal static class WeightStub
{
    /// <summary>Weights below this many bytes stay in the stub.</summary>
    private const long SmallestOutside = 64 * 1024;

    /// <summary>A stub beyond this many bytes saves nothing: the model is opened as it is.</summary>
    private const int LargestStub = 16 * 1024 * 1024;

    // fields of onnx.proto
    private const int ModelGraph = 7;
    private const int GraphNode = 1, GraphInitializer = 5;
    private const int NodeInput = 1, NodeOperator = 4;
    private const int TensorName = 8, TensorRawData = 9, TensorExternalData = 13, TensorDataLocation = 14;
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>Makes the stub of a file.</summary>
    /// <returns>Null if there is nothing to gain, or the file is not built as expected; then ONNX Runtime is to judge it.</returns>
    public static byte[]? Of(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            return Write(file, Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    private static byte[]? Write(FileStream file, string location)
    {
        using var model = new MemoryStream();
        int moved = 0;
        while (file.Position < file.Length)
        {
            var field = Next(file, file.Length);
            if (field.Number != ModelGraph || field.Wire != Bytes)
            {
                Copy(file, field, model);
                continue;
            }

            var uses = Uses(file, field);
            using var graph = new MemoryStream();
            file.Position = field.Start;
            while (file.Position < field.End)
            {
                var part = Next(file, field.End);
                if (part is { Number: GraphInitializer, Wire: Bytes } && part.End - part.Start >= SmallestOutside && Move(file, part, location, uses) is { } moving)
                {
                    WriteField(graph, GraphInitializer, moving);
                    moved++;
                }
                else
                {
                    Copy(file, part, graph);
                }
            }

            WriteField(model, ModelGraph, graph.ToArray());
        }

        return moved > 0 ? model.ToArray() : null;
    }

    /// <summary>
    /// For each weight, whether all that reads it copes with floats at any byte: a table whose rows are looked up, or a matrix that is packed
    /// before use. In an ONNX file weights stand wherever the fields before them end.
    /// </summary>
    private static Dictionary<string, bool> Uses(FileStream file, Field graph)
    {
        var uses = new Dictionary<string, bool>(StringComparer.Ordinal);
        file.Position = graph.Start;
        while (file.Position < graph.End)
        {
            var node = Next(file, graph.End);
            if (node is not { Number: GraphNode, Wire: Bytes })
            {
                file.Position = node.End;
                continue;
            }

            string kind = "";
            List<string> inputs = [];
            while (file.Position < node.End)
            {
                var field = Next(file, node.End);
                if (field is { Number: NodeInput, Wire: Bytes }) inputs.Add(Text(file, field));
                else if (field is { Number: NodeOperator, Wire: Bytes }) kind = Text(file, field);
                file.Position = field.End;
            }

            // what runs inside a branch or a loop may read any weight
            if (kind is "If" or "Loop" or "Scan") return [];
            for (int i = 0; i < inputs.Count; i++)
            {
                bool copes = (kind, i) is ("Gather", 0) or ("MatMul", 1);
                uses[inputs[i]] = copes && uses.GetValueOrDefault(inputs[i], true);
            }
        }

        return uses;
    }

    /// <summary>The tensor with a note where its bytes lie in place of them; null if it has to stay.</summary>
    private static byte[]? Move(FileStream file, Field tensor, string location, Dictionary<string, bool> uses)
    {
        using var moved = new MemoryStream();
        string name = "";
        (long Start, long End) data = default;
        file.Position = tensor.Start;
        while (file.Position < tensor.End)
        {
            var field = Next(file, tensor.End);
            if (field is { Number: TensorRawData, Wire: Bytes })
            {
                data = (field.Start, field.End);
                file.Position = field.End;
                continue;
            }

            if (field.Number is TensorExternalData or TensorDataLocation) return null;
            if (field is { Number: TensorName, Wire: Bytes }) name = Text(file, field);
            Copy(file, field, moved);
        }

        if (data.End - data.Start < SmallestOutside || !uses.GetValueOrDefault(name)) return null;
        Entry("location", location);
        Entry("offset", data.Start.ToString(CultureInfo.InvariantCulture));
        Entry("length", (data.End - data.Start).ToString(CultureInfo.InvariantCulture));
        WriteVarint(moved, (TensorDataLocation << 3) | Varint);
        WriteVarint(moved, 1);
        return moved.ToArray();

        void Entry(string key, string value)
        {
            using var entry = new MemoryStream();
            WriteField(entry, 1, Encoding.UTF8.GetBytes(key));
            WriteField(entry, 2, Encoding.UTF8.GetBytes(value));
            WriteField(moved, TensorExternalData, entry.ToArray());
        }
    }

    /// <summary>Reads the head of a field, and leaves the file at its value.</summary>
    private static Field Next(FileStream file, long end)
    {
        long head = file.Position;
        ulong key = ReadVarint(file);
        int wire = (int)(key & 7);
        long start = file.Position, length;
        switch (wire)
        {
            case Varint:
                ReadVarint(file);
                length = file.Position - start;
                break;
            case Bytes:
                ulong said = ReadVarint(file);
                start = file.Position;
                length = said <= long.MaxValue ? (long)said : throw new FormatException();
                break;
            case Fixed32 or Fixed64:
                length = wire == Fixed32 ? 4 : 8;
                break;
            default:
                throw new FormatException();
        }

        if (key >> 3 is 0 or > int.MaxValue || length > end - start) throw new FormatException();
        file.Position = start;
        return new Field((int)(key >> 3), wire, head, start, start + length);
    }

    private static ulong ReadVarint(FileStream file)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int b = file.ReadByte();
            if (b < 0) throw new FormatException();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }

        throw new FormatException();
    }

    private static string Text(FileStream file, Field field)
    {
        if (field.End - field.Start > 4096) throw new FormatException();
        byte[] bytes = new byte[field.End - field.Start];
        file.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private static void Copy(FileStream file, Field field, MemoryStream to)
    {
        if (field.End - field.Head > LargestStub - to.Length) throw new FormatException();
        byte[] bytes = new byte[field.End - field.Head];
        file.Position = field.Head;
        file.ReadExactly(bytes);
        to.Write(bytes);
    }

    private static void WriteField(MemoryStream to, int number, byte[] bytes)
    {
        WriteVarint(to, (ulong)((number << 3) | Bytes));
        WriteVarint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void WriteVarint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }

    /// <summary>A field of the file: where its head and its value stand.</summary>
    private readonly record struct Field(int Number, int Wire, long Head, long Start, long End);
}
