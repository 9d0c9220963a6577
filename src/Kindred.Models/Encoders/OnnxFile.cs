using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kindred.Models.Encoders;

/// <summary>The fields of an ONNX file (onnx.proto) without the weights; a file that is not built as expected throws <see cref="FormatException"/>.</summary>
internal static partial class OnnxFile
{
    public const int ModelGraph = 7, GraphNode = 1, GraphInitializer = 5;
    public const int TensorShape = 1, TensorType = 2, TensorName = 8, TensorRawData = 9, TensorExternalData = 13, TensorDataLocation = 14;
    public const int Varint = 0, Bytes = 2;

    private const int GraphOutput = 12;
    private const int NodeInput = 1, NodeOutput = 2, NodeOperator = 4;
    private const int ValueName = 1;
    private const int Fixed64 = 1, Fixed32 = 5;

    /// <summary>What the layers of a BERT put out, the first layer first: the ends of their last normalisations, whose bias is named by the layer. Empty for other networks.</summary>
    /// <param name="path">The network.</param>
    /// <param name="outputs">What comes out of the network as it is.</param>
    public static string[] Layers(string path, out HashSet<string> outputs)
    {
        outputs = new HashSet<string>(StringComparer.Ordinal);
        var layers = new SortedDictionary<int, string>();
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            while (file.Position < file.Length)
            {
                var field = Next(file, file.Length);
                if (field is { Number: ModelGraph, Wire: Bytes })
                {
                    foreach (var part in Fields(file, field))
                    {
                        if (part.Number == GraphOutput) outputs.UnionWith(Fields(file, part).Where(v => v.Number == ValueName).Select(name => Text(file, name)));
                        else if (part.Number == GraphNode && Node(file, part) is var node && node.Outputs.Count > 0 && node.Inputs.Select(name => LayerEnd().Match(name)).FirstOrDefault(m => m.Success) is { } match)
                            layers[int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)] = node.Outputs[0];
                    }
                }

                file.Position = field.End;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return [];
        }

        return [.. layers.Values];
    }

    /// <summary>A message of protobuf that is put behind another adds to it: here outputs to a model's graph.</summary>
    public static byte[] Outputs(IEnumerable<string> names)
    {
        using MemoryStream model = new(), graph = new();
        foreach (string name in names)
        {
            using var value = new MemoryStream();
            WriteField(value, ValueName, Encoding.UTF8.GetBytes(name));
            WriteField(graph, GraphOutput, value.ToArray());
        }

        WriteField(model, ModelGraph, graph.ToArray());
        return model.ToArray();
    }

    public static (string Operator, List<string> Inputs, List<string> Outputs) Node(FileStream file, OnnxField node)
    {
        string kind = "";
        List<string> inputs = [], outputs = [];
        foreach (var field in Fields(file, node))
        {
            if (field.Number == NodeInput) inputs.Add(Text(file, field));
            else if (field.Number == NodeOutput) outputs.Add(Text(file, field));
            else if (field.Number == NodeOperator) kind = Text(file, field);
        }

        return (kind, inputs, outputs);
    }

    /// <summary>The fields inside a field that hold bytes.</summary>
    public static IEnumerable<OnnxField> Fields(FileStream file, OnnxField within)
    {
        file.Position = within.Start;
        while (file.Position < within.End)
        {
            var field = Next(file, within.End);
            if (field.Wire == Bytes) yield return field;
            file.Position = field.End;
        }
    }

    /// <summary>Reads the head of a field, and leaves the file at its value.</summary>
    public static OnnxField Next(FileStream file, long end)
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
        return new OnnxField((int)(key >> 3), wire, head, start, start + length);
    }

    public static string Text(FileStream file, OnnxField field)
    {
        if (field.End - field.Start > 4096) throw new FormatException();
        byte[] bytes = new byte[field.End - field.Start];
        file.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public static void WriteField(MemoryStream to, int number, byte[] bytes)
    {
        WriteVarint(to, (ulong)((number << 3) | Bytes));
        WriteVarint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    public static void WriteVarint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }

    public static ulong ReadVarint(FileStream file)
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

    [GeneratedRegex(@"encoder\.layer\.([0-9]{1,3})\.output\.LayerNorm\.bias$")]
    private static partial Regex LayerEnd();
}
