using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>A codec inside a file: its name, then what it has learned. Dimensions and metric stand elsewhere in the file.</summary>
internal static class CodecFile
{
    /// <summary>Writes a codec.</summary>
    public static void Write(BinaryWriter writer, VectorCodec codec)
    {
        writer.Write(codec.Name);
        codec.Save(writer);
    }

    /// <summary>Reads a codec.</summary>
    /// <exception cref="InvalidDataException">The name is unknown or a field is out of its range.</exception>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
    public static VectorCodec Read(BinaryReader reader, int dimensions, MetricKind metric)
    {
        // every name is shorter than this: a longer one must not be read, nor room be made for it
        int length = reader.ReadByte();
        if (length > 16) throw new InvalidDataException("a codec with a name that none has");
        string name = System.Text.Encoding.ASCII.GetString(reader.ReadBytes(length));
        return name switch
        {
            "none" => new Float32Codec(dimensions, metric),
            "sq8" or "sq4" => ScalarCodec.Load(reader, dimensions, metric),
            "rabitq" => RabitqCodec.Load(reader, dimensions, metric),
            "pq" => ProductCodec.Load(reader, dimensions, metric),
            _ => throw new InvalidDataException($"codec '{name}' is unknown"),
        };
    }
}
