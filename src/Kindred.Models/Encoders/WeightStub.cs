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

    /// <summary>Makes the stub of a file.</summary>
    /// <param name="path">The network.</param>
    /// <param name="without">Weights that are left out, since others take their place; null for none.</param>
    /// <returns>Null if there is nothing to gain, or the file is not built as expected; then ONNX Runtime is to judge it.</returns>
    public static byte[]? Of(string path, IReadOnlySet<string>? without = null)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            return Write(file, Path.GetFileName(path), without);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    private static byte[]? Write(FileStream file, string location, IReadOnlySet<string>? without)
    {
        using var model = new MemoryStream();
        int moved = 0;
        while (file.Position < file.Length)
        {
            var field = OnnxFile.Next(file, file.Length);
            if (field.Number != OnnxFile.ModelGraph || field.Wire != OnnxFile.Bytes)
            {
                Copy(file, field, model);
                continue;
            }

            var uses = Uses(file, field);
            using var graph = new MemoryStream();
            file.Position = field.Start;
            while (file.Position < field.End)
            {
                var part = OnnxFile.Next(file, field.End);
                bool weight = part is { Number: OnnxFile.GraphInitializer, Wire: OnnxFile.Bytes };
                if (weight && without is not null && OnnxFile.Fields(file, part).Any(f => f.Number == OnnxFile.TensorName && without.Contains(OnnxFile.Text(file, f))))
                {
                    file.Position = part.End;
                }
                else if (weight && part.End - part.Start >= SmallestOutside && Move(file, part, location, uses) is { } moving)
                {
                    OnnxFile.WriteField(graph, OnnxFile.GraphInitializer, moving);
                    moved++;
                }
                else
                {
                    Copy(file, part, graph);
                }
            }

            OnnxFile.WriteField(model, OnnxFile.ModelGraph, graph.ToArray());
        }

        return moved > 0 || without is not null ? model.ToArray() : null;
    }

    /// <summary>
    /// For each weight, whether all that reads it copes with floats at any byte: a table whose rows are looked up, or a matrix that is packed
    /// before use. In an ONNX file weights stand wherever the fields before them end.
    /// </summary>
    private static Dictionary<string, bool> Uses(FileStream file, OnnxField graph)
    {
        var uses = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var part in OnnxFile.Fields(file, graph).Where(f => f.Number == OnnxFile.GraphNode))
        {
            var node = OnnxFile.Node(file, part);
            // what runs inside a branch or a loop may read any weight
            if (node.Operator is "If" or "Loop" or "Scan") return [];
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                bool copes = (node.Operator, i) is ("Gather", 0) or ("MatMul", 1);
                uses[node.Inputs[i]] = copes && uses.GetValueOrDefault(node.Inputs[i], true);
            }
        }

        return uses;
    }

    /// <summary>The tensor with a note where its bytes lie in place of them; null if it has to stay.</summary>
    private static byte[]? Move(FileStream file, OnnxField tensor, string location, Dictionary<string, bool> uses)
    {
        using var moved = new MemoryStream();
        string name = "";
        (long Start, long End) data = default;
        file.Position = tensor.Start;
        while (file.Position < tensor.End)
        {
            var field = OnnxFile.Next(file, tensor.End);
            if (field is { Number: OnnxFile.TensorRawData, Wire: OnnxFile.Bytes })
            {
                data = (field.Start, field.End);
                file.Position = field.End;
                continue;
            }

            if (field.Number is OnnxFile.TensorExternalData or OnnxFile.TensorDataLocation) return null;
            if (field is { Number: OnnxFile.TensorName, Wire: OnnxFile.Bytes }) name = OnnxFile.Text(file, field);
            Copy(file, field, moved);
        }

        if (data.End - data.Start < SmallestOutside || !uses.GetValueOrDefault(name)) return null;
        Entry("location", location);
        Entry("offset", data.Start.ToString(CultureInfo.InvariantCulture));
        Entry("length", (data.End - data.Start).ToString(CultureInfo.InvariantCulture));
        OnnxFile.WriteVarint(moved, (OnnxFile.TensorDataLocation << 3) | OnnxFile.Varint);
        OnnxFile.WriteVarint(moved, 1);
        return moved.ToArray();

        void Entry(string key, string value)
        {
            using var entry = new MemoryStream();
            OnnxFile.WriteField(entry, 1, Encoding.UTF8.GetBytes(key));
            OnnxFile.WriteField(entry, 2, Encoding.UTF8.GetBytes(value));
            OnnxFile.WriteField(moved, OnnxFile.TensorExternalData, entry.ToArray());
        }
    }

    private static void Copy(FileStream file, OnnxField field, MemoryStream to)
    {
        if (field.End - field.Head > LargestStub - to.Length) throw new FormatException();
        byte[] bytes = new byte[field.End - field.Head];
        file.Position = field.Head;
        file.ReadExactly(bytes);
        to.Write(bytes);
    }
}
