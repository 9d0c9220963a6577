using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>A codec inside a file: its name, then what it has learned. Dimensions and metric stand elsewhere in the file.</summary>
internal static unsafe class CodecFile
{
    /// <summary>Writes a codec.</summary>
    public static void Write(BinaryWriter writer, VectorCodec codec)
    {
        writer.Write(codec.Name);
        codec.Save(writer);
    }

    /// <summary>Writes a codec as a part of a section.</summary>
    public static void Write(SectionWriter section, VectorCodec codec)
    {
        using var learned = new MemoryStream();
        using (var binary = new BinaryWriter(learned, System.Text.Encoding.UTF8, leaveOpen: true)) Write(binary, codec);
        section.Write(learned.GetBuffer().AsSpan(0, (int)learned.Length));
    }

    /// <summary>Reads the section of a codec; an empty one has none.</summary>
    /// <exception cref="VectorFileException">The section does not hold a codec alone, or one that keeps vectors as they are.</exception>
    public static VectorCodec? Read(string path, MappedFile map, Section section, int dimensions, MetricKind metric)
    {
        if (section.Length == 0) return null;
        using var stream = new UnmanagedMemoryStream(map.Start + section.Offset, section.Length);
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            var codec = Read(reader, dimensions, metric);
            if (stream.Position != section.Length) throw new InvalidDataException($"{section.Length - stream.Position} bytes too many");
            return codec.IsExact ? throw new InvalidDataException("a codec that keeps vectors as they are") : codec;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException)
        {
            throw new VectorFileException(path, section.Offset + stream.Position, $"section codec: {(e is InvalidDataException ? e.Message : "it ends too early")}");
        }
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
