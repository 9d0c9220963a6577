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

    /// <summary>Reads one tensor as float32.</summary>
    /// <exception cref="ModelFormatException">It is missing, has another shape or type, or lies outside the file.</exception>
    public float[] Read(string name, params ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out var tensor)) throw new ModelFormatException(path, name, "is missing");
        if (!shape.SequenceEqual(tensor.Shape))
        {
            throw new ModelFormatException(path, name, $"has shape [{string.Join(", ", tensor.Shape)}], wanted is [{string.Join(", ", shape.ToArray())}]");
        }

        long count = 1;
        foreach (long side in shape) count = checked(count * side);
        int width = tensor.Type switch
        {
            "F32" => 4,
            "F16" or "BF16" => 2,
            _ => throw new ModelFormatException(path, name, $"type {tensor.Type} is not known here, only F32, F16 and BF16"),
        };
        if (tensor.Begin < 0 || tensor.End - tensor.Begin != count * width || tensor.End > length - dataStart || count > Array.MaxLength)
        {
            throw new ModelFormatException(path, name, $"data_offsets {tensor.Begin} to {tensor.End} do not fit {count} values of {width} bytes in {length - dataStart} bytes of data");
        }

        float[] values = new float[count];
        byte[] bytes = new byte[count * width];
        using (var file = File.OpenRead(path))
        {
            file.Position = dataStart + tensor.Begin;
            file.ReadExactly(bytes);
        }

        // safetensors is little-endian, as is every machine that runs ONNX Runtime
        switch (tensor.Type)
        {
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
}
