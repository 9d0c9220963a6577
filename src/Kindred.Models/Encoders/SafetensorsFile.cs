using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Kindred.Models.Encoders;

/// <summary>
/// Reads float tensors out of a .safetensors file: uint64 header length (little-endian), a JSON header, then the data. Each size is
/// checked against the bytes that exist before anything is allocated for it.
/// </summary>
internal sealed class SafetensorsFile
{
    private const int MaxHeader = 100_000_000;

    private readonly string path;
    private readonly long length;
    private readonly long dataStart;
    private readonly Dictionary<string, (string Type, long[] Shape, long Begin, long End)> tensors;

    private SafetensorsFile(string path, long length, long dataStart, Dictionary<string, (string, long[], long, long)> tensors)
    {
        this.path = path;
        this.length = length;
        this.dataStart = dataStart;
        this.tensors = tensors;
    }

    /// <exception cref="ModelFormatException">The file is cut off or its header is broken.</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[8];
            if (file.ReadAtLeast(head, 8, throwOnEndOfStream: false) < 8) throw new ModelFormatException(path, "header", "is cut off: the file has fewer than 8 bytes");
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (size > MaxHeader || (long)size > file.Length - 8)
            {
                throw new ModelFormatException(path, "header", $"claims {size} bytes at byte 0, the file has {file.Length - 8} behind it");
            }

            byte[] header = new byte[size];
            file.ReadExactly(header);
            using var json = JsonDocument.Parse(header);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new ModelFormatException(path, "header", "is not a JSON object");
            var tensors = new Dictionary<string, (string, long[], long, long)>(StringComparer.Ordinal);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") continue;
                long[] shape = [.. entry.Value.Need(path, "shape").EnumerateArray().Select(n => n.GetInt64())];
                long[] offsets = [.. entry.Value.Need(path, "data_offsets").EnumerateArray().Select(n => n.GetInt64())];
                if (offsets.Length != 2) throw new ModelFormatException(path, entry.Name, "data_offsets are not two numbers");
                tensors[entry.Name] = (entry.Value.Text(path, "dtype"), shape, offsets[0], offsets[1]);
            }

            return new SafetensorsFile(path, file.Length, 8 + (long)size, tensors);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "header", e.Message, e);
        }
    }

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>The type and shape that the header claims for a tensor.</summary>
    public (string Type, long[] Shape) Describe(string name) => (Find(name).Type, Find(name).Shape);

    /// <summary>Reads one tensor as float32.</summary>
    /// <exception cref="ModelFormatException">It is missing, has another shape or type, or lies outside the file.</exception>
    public float[] Read(string name, params ReadOnlySpan<long> shape)
    {
        string type = Find(name).Type;
        int width = type switch
        {
            "F64" => 8,
            "F32" => 4,
            "F16" or "BF16" => 2,
            _ => throw new ModelFormatException(path, name, $"type {type} is not known here, only F64, F32, F16 and BF16"),
        };
        byte[] bytes = ReadRaw(name, width, shape);
        float[] values = new float[bytes.Length / width];

        // safetensors is little-endian, as is every machine that runs ONNX Runtime
        switch (type)
        {
            case "F64":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), values);
                break;
            case "F32":
                bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case "F16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            default:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < values.Length; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                break;
        }

        return values;
    }

    /// <summary>Reads one tensor of int8.</summary>
    /// <exception cref="ModelFormatException">It is missing, has another shape or type, or lies outside the file.</exception>
    public sbyte[] ReadBytes(string name, params ReadOnlySpan<long> shape)
    {
        if (Find(name).Type is var type && type != "I8") throw new ModelFormatException(path, name, $"type {type} is not known here, only I8");
        return MemoryMarshal.Cast<byte, sbyte>(ReadRaw(name, 1, shape)).ToArray();
    }

    /// <summary>Reads one list of int32 or int64 that count into something of that size.</summary>
    /// <exception cref="ModelFormatException">It is missing, has another length or type, lies outside the file, or a number is not in 0 to size - 1.</exception>
    public int[] ReadIndices(string name, int size, long count)
    {
        string type = Find(name).Type;
        int width = type switch { "I64" => 8, "I32" => 4, _ => throw new ModelFormatException(path, name, $"type {type} is not known here, only I64 and I32") };
        byte[] bytes = ReadRaw(name, width, count);
        int[] values = new int[bytes.Length / width];
        for (int i = 0; i < values.Length; i++)
        {
            long value = width == 8 ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * 8)) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * 4));
            if (value < 0 || value >= size) throw new ModelFormatException(path, name, $"[{i}] is {value}, outside 0 to {size - 1}");
            values[i] = (int)value;
        }

        return values;
    }

    private (string Type, long[] Shape, long Begin, long End) Find(string name) =>
        tensors.TryGetValue(name, out var tensor) ? tensor : throw new ModelFormatException(path, name, "is missing");

    private byte[] ReadRaw(string name, int width, params ReadOnlySpan<long> shape)
    {
        var tensor = Find(name);
        if (!shape.SequenceEqual(tensor.Shape))
        {
            throw new ModelFormatException(path, name, $"has shape [{string.Join(", ", tensor.Shape)}], wanted is [{string.Join(", ", shape.ToArray())}]");
        }

        Int128 count = 1;
        foreach (long side in shape) count = side is < 0 or > int.MaxValue ? Array.MaxLength + 1L : Int128.Min(count * side, Array.MaxLength + 1L);
        if (tensor.Begin < 0 || tensor.End < tensor.Begin || tensor.End - tensor.Begin != count * width || tensor.End > length - dataStart || count * width > Array.MaxLength)
        {
            throw new ModelFormatException(path, name, $"data_offsets {tensor.Begin} to {tensor.End} do not fit shape [{string.Join(", ", tensor.Shape)}] of {width} bytes a value in {length - dataStart} bytes of data");
        }

        byte[] bytes = new byte[(int)count * width];
        try
        {
            using var file = File.OpenRead(path);
            file.Position = dataStart + tensor.Begin;
            file.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, name, e.Message, e);
        }

        return bytes;
    }
}
