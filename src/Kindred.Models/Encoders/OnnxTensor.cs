namespace Kindred.Models.Encoders;

/// <summary>Floats of an ONNX file: what they are called, how they lie, and where.</summary>
internal sealed record OnnxTensor(string Name, int[] Shape, long Start)
{
    private const ulong Float32 = 1;

    public int Count => Shape[0] * (Shape.Length == 1 ? 1 : Shape[1]);

    /// <summary>Reads the head of an initializer.</summary>
    /// <returns>Null if it is anything but a list or a matrix of float32 whose bytes stand in the file itself.</returns>
    public static OnnxTensor? Read(FileStream file, OnnxField tensor)
    {
        string name = "";
        var shape = new List<ulong>();
        ulong type = 0;
        long start = 0, bytes = 0;
        file.Position = tensor.Start;
        while (file.Position < tensor.End)
        {
            var field = OnnxFile.Next(file, tensor.End);
            switch (field.Number)
            {
                case OnnxFile.TensorShape when field.Wire == OnnxFile.Varint:
                    shape.Add(OnnxFile.ReadVarint(file));
                    break;
                case OnnxFile.TensorShape when field.Wire == OnnxFile.Bytes:
                    while (file.Position < field.End && shape.Count <= 2) shape.Add(OnnxFile.ReadVarint(file));
                    break;
                case OnnxFile.TensorType when field.Wire == OnnxFile.Varint:
                    type = OnnxFile.ReadVarint(file);
                    break;
                case OnnxFile.TensorName when field.Wire == OnnxFile.Bytes:
                    name = OnnxFile.Text(file, field);
                    break;
                case OnnxFile.TensorRawData when field.Wire == OnnxFile.Bytes:
                    (start, bytes) = (field.Start, field.End - field.Start);
                    break;
                case OnnxFile.TensorExternalData or OnnxFile.TensorDataLocation:
                    return null;
            }

            if (shape.Count > 2) return null;
            file.Position = field.End;
        }

        // the bytes were held against the file's length when their field was read
        if (type != Float32 || shape.Count == 0 || shape.Any(side => side is 0 or > int.MaxValue)) return null;
        ulong count = shape[0] * (shape.Count == 1 ? 1 : shape[1]);
        return count <= (ulong)Array.MaxLength / sizeof(float) && count * sizeof(float) == (ulong)bytes ? new OnnxTensor(name, [.. shape.Select(side => (int)side)], start) : null;
    }
}
