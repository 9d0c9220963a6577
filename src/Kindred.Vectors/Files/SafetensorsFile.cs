using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Kindred.Vectors.Files;

/// <summary>
/// A .safetensors file (Hugging Face): uint64 length of the header, little-endian; a JSON header of named arrays; their data. Each size is checked
/// against the bytes that exist before anything is allocated. What Kindred writes carries a checksum in its metadata, see docs/formats/safetensors.md.
/// Several threads may read from one.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int MaxHeader = 100_000_000;
    private const int Piece = 1 << 20;

    /// <summary>The metadata key of the XXH3 of header and data, the header taken with zeros for the sixteen digits.</summary>
    private const string Checksum = "xxh3";

    private static readonly string NoChecksum = new('0', 16);

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly long _start;
    private readonly Dictionary<string, Tensor> _tensors;

    private SafetensorsFile(string path, SafeFileHandle file, long start, Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata)
    {
        (_path, _file, _length, _start, _tensors, Metadata) = (path, file, RandomAccess.GetLength(file), start, tensors, metadata);
    }

    private sealed record Tensor(string Type, long[] Shape, long Begin, long End);

    /// <summary>The texts of the header's __metadata__; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The names of the arrays, in the header's order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Opens a file and reads its header; where the file carries Kindred's checksum, all of it is checked.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The header is cut, broken or claims what is not there, or the checksum is another.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            byte[] header = ReadHeader(path, file);
            var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            Parse(path, header, tensors, metadata);
            var opened = new SafetensorsFile(path, file, 8L + header.Length, tensors, metadata);
            if (metadata.TryGetValue(Checksum, out string? said)) opened.Check(header, said);
            return opened;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes arrays and texts beside the file's place and renames.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="metadata">Texts for the header.</param>
    /// <param name="tensors">The arrays, each with its own name.</param>
    /// <exception cref="ArgumentException">Two arrays have one name, or one is called __metadata__.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.DistinctBy(t => t.Name, StringComparer.Ordinal).Count() < tensors.Count || tensors.Any(t => t.Name == "__metadata__"))
            throw new ArgumentException("Each array needs a name of its own.", nameof(tensors));

        // the widest first: every array then begins at a multiple of its own width, without holes, which the format forbids
        SafetensorsTensor[] ordered = [.. tensors.OrderByDescending(t => t.Width)];
        byte[] header = Header(metadata, ordered, NoChecksum);
        var hash = new XxHash3();
        hash.Append(header);
        foreach (var tensor in ordered) tensor.ForEachPiece(hash.Append);
        header = Header(metadata, ordered, hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture));
        AtomicFile.Write(path, file =>
        {
            Span<byte> size = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
            file.Write(size);
            file.Write(header);
            foreach (var tensor in ordered) tensor.ForEachPiece(file.Write);
        });
    }

    /// <summary>Whether there is an array of this name.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>The type ("F32", "I8", …) and the shape that the header claims.</summary>
    /// <exception cref="VectorFileException">There is no such array.</exception>
    public (string Type, IReadOnlyList<long> Shape) Describe(string name) => (Find(name).Type, Find(name).Shape);

    /// <summary>Reads an array of F64, F32, F16 or BF16 as float32.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <returns>Row by row. Values may be NaN or infinite.</returns>
    /// <exception cref="VectorFileException">It is missing, has another shape or type, or lies outside the file.</exception>
    public float[] ReadSingles(string name, params ReadOnlySpan<long> shape)
    {
        return Find(name).Type switch
        {
            "F32" => Read<float>(name, shape),
            "F64" => Array.ConvertAll(Read<double>(name, shape), value => (float)value),
            "F16" => Array.ConvertAll(Read<Half>(name, shape), value => (float)value),
            "BF16" => Array.ConvertAll(Read<ushort>(name, shape), bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)),
            var type => throw Wrong(name, $"type {type}; F64, F32, F16 and BF16 can be read"),
        };
    }

    /// <summary>Reads an array of F64.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public double[] ReadDoubles(string name, params ReadOnlySpan<long> shape) => Typed<double>(name, "F64", shape);

    /// <summary>Reads an array of I8.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public sbyte[] ReadSBytes(string name, params ReadOnlySpan<long> shape) => Typed<sbyte>(name, "I8", shape);

    /// <summary>Reads an array of U8.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public byte[] ReadBytes(string name, params ReadOnlySpan<long> shape) => Typed<byte>(name, "U8", shape);

    /// <summary>Reads an array of I32, or of I64 where each value fits.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public int[] ReadInts(string name, params ReadOnlySpan<long> shape)
    {
        if (Find(name).Type != "I64") return Typed<int>(name, "I32", shape);
        long[] wide = Read<long>(name, shape);
        int[] values = new int[wide.Length];
        for (int i = 0; i < wide.Length; i++) values[i] = wide[i] == (int)wide[i] ? (int)wide[i] : throw Wrong(name, $"[{i}] is {wide[i]}, which 32 bits cannot hold");
        return values;
    }

    /// <summary>Reads an array of indices into something of <paramref name="size"/> elements.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public int[] ReadIndices(string name, int size, params ReadOnlySpan<long> shape)
    {
        int[] values = ReadInts(name, shape);
        int wrong = Array.FindIndex(values, v => (uint)v >= (uint)size);
        return wrong < 0 ? values : throw Wrong(name, $"[{wrong}] is {values[wrong]}, outside 0 to {size - 1}");
    }

    /// <summary>An error about one of the arrays, for what only its reader can know.</summary>
    /// <param name="name">The array.</param>
    /// <param name="problem">What is wrong with it.</param>
    public VectorFileException Wrong(string name, string problem) =>
        new(_path, _tensors.TryGetValue(name, out var tensor) ? _start + tensor.Begin : 8, $"array \"{name}\": {problem}");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Where an array of this shape and width lies in the file, for those that read it row by row.</summary>
    internal long Place(string name, int width, params ReadOnlySpan<long> shape)
    {
        var tensor = Find(name);
        if (!shape.SequenceEqual(tensor.Shape)) throw Wrong(name, $"shape [{string.Join(", ", tensor.Shape)}], wanted is [{string.Join(", ", shape.ToArray())}]");
        Int128 bytes = width;
        foreach (long side in shape) bytes = side < 0 ? -1 : Int128.Min(bytes * side, long.MaxValue);
        long data = _length - _start;
        if (tensor.Begin < 0 || tensor.End > data || tensor.End - (Int128)tensor.Begin != bytes)
            throw new VectorFileException(_path, 8, $"array \"{name}\": data_offsets {tensor.Begin} to {tensor.End} do not fit shape [{string.Join(", ", tensor.Shape)}] of {width} bytes a value in {data} bytes of data");
        return _start + tensor.Begin;
    }

    private static byte[] ReadHeader(string path, SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[8];
        long length = RandomAccess.GetLength(file);
        if (RandomAccess.Read(file, head, 0) < 8) throw new VectorFileException(path, 0, "too short for the length of a header");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (size > MaxHeader || (long)size > length - 8) throw new VectorFileException(path, 0, $"no .safetensors file, or a damaged one: it says a header of {size} bytes, and has {length - 8} behind it");
        byte[] header = new byte[size];
        Fill(path, file, header, 8);
        return header;
    }

    private static void Parse(string path, byte[] header, Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata)
    {
        string name = "header";
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                name = entry.Name;
                if (name == "__metadata__")
                {
                    foreach (var text in entry.Value.EnumerateObject()) metadata[text.Name] = text.Value.GetString() ?? "";
                    continue;
                }

                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
                long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
                if (offsets.Length != 2) throw new FormatException("data_offsets are not two numbers");
                if (!tensors.TryAdd(name, new Tensor(entry.Value.GetProperty("dtype").GetString() ?? "", shape, offsets[0], offsets[1]))) throw new FormatException("stands there twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new VectorFileException(path, 8, $"header, \"{name}\": {e.Message}");
        }
    }

    private static void Fill(string path, SafeFileHandle file, Span<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(file, bytes, at);
            if (read == 0) throw new VectorFileException(path, at, "the file ends here");
            bytes = bytes[read..];
            at += read;
        }
    }

    private static byte[] Header(IReadOnlyDictionary<string, string> metadata, SafetensorsTensor[] tensors, string checksum)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(Checksum, checksum);
            foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
            long at = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                json.WriteStartArray("shape");
                foreach (long side in tensor.Shape) json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // the data begins at a multiple of 8, so that it can be mapped
        int padding = -text.WrittenCount & 7;
        text.GetSpan(padding)[..padding].Fill((byte)' ');
        text.Advance(padding);
        return text.WrittenSpan.ToArray();
    }

    private void Check(byte[] header, string said)
    {
        var hash = new XxHash3();
        int digits = header.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{Checksum}\":\"{said}\""));
        if (said.Length != NoChecksum.Length || digits < 0) throw new VectorFileException(_path, 8, $"header: {Checksum} is not sixteen digits");
        Encoding.ASCII.GetBytes(NoChecksum).CopyTo(header.AsSpan(digits + Checksum.Length + 4));
        hash.Append(header);
        byte[] piece = new byte[Piece];
        for (long at = _start; at < _length; at += Piece)
        {
            var bytes = piece.AsSpan(0, (int)Math.Min(Piece, _length - at));
            Fill(_path, _file, bytes, at);
            hash.Append(bytes);
        }

        if (hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture) != said) throw new VectorFileException(_path, 8, "the checksum is another: the file was damaged or changed");
    }

    private Tensor Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor : throw Wrong(name, "missing");

    private T[] Typed<T>(string name, string type, ReadOnlySpan<long> shape)
        where T : unmanaged =>
        Find(name).Type is var found && found == type ? Read<T>(name, shape) : throw Wrong(name, $"type {found}, wanted is {type}");

    private unsafe T[] Read<T>(string name, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long place = Place(name, sizeof(T), shape);
        long count = (_tensors[name].End - _tensors[name].Begin) / sizeof(T);
        if (count > Array.MaxLength) throw Wrong(name, $"{count} values are more than one array holds");
        T[] values = new T[count];
        for (long at = 0; at < count; at += Piece)
            Fill(_path, _file, MemoryMarshal.AsBytes(values.AsSpan((int)at, (int)Math.Min(Piece, count - at))), place + (at * sizeof(T)));
        return values;
    }
}
