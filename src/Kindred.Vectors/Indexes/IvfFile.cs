using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// The file of an inverted index: a header of 64 bytes (magic, dimensions, metric, lists, count, nprobe, rescore, checksum of the rest); then the codec,
/// a byte whether there is a rescorer, the rescorer; the centroids; and for each list its size, its ids, its codes and what is kept for rescoring.
/// </summary>
internal static unsafe class IvfFile
{
    private const int HeaderBytes = 64;

    private static ReadOnlySpan<byte> Magic => "KIVF001\0"u8;

    public static void Write(string path, IvfIndex index, IvfList[] lists)
    {
        AtomicFile.Write(path, file =>
        {
            file.Write(new byte[HeaderBytes]);
            using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
            {
                CodecFile.Write(writer, index.Codec);
                writer.Write(index.Rescorer is not null);
                if (index.Rescorer is not null) CodecFile.Write(writer, index.Rescorer);
                writer.Write(MemoryMarshal.AsBytes(index.Centroids.AsSpan()));
                foreach (var list in lists)
                {
                    writer.Write(list.Count);
                    Put((byte*)list.Ids, (long)list.Count * sizeof(long), writer);
                    Put(list.Codes, (long)list.Count * index.Codec.CodeBytes, writer);
                    Put(list.Exact, (long)list.Count * (index.Rescorer?.CodeBytes ?? 0), writer);
                }
            }

            file.Position = HeaderBytes;
            var hash = new XxHash64();
            hash.Append(file);
            Span<byte> header = stackalloc byte[HeaderBytes];
            header.Clear();
            Magic.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], index.Dimensions);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], (int)index.Metric);
            BinaryPrimitives.WriteInt64LittleEndian(header[16..], index.Count);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], hash.GetCurrentHashAsUInt64());
            BinaryPrimitives.WriteInt32LittleEndian(header[32..], lists.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[36..], index.Nprobe);
            BinaryPrimitives.WriteInt32LittleEndian(header[40..], index.Rescore);
            BinaryPrimitives.WriteUInt64LittleEndian(header[56..], XxHash64.HashToUInt64(header[..56]));
            file.Position = 0;
            file.Write(header);
        });
    }

    public static IvfIndex Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) throw new VectorFileException(path, file.Length, "too short for a header");
        if (!header[..8].SequenceEqual(Magic)) throw new VectorFileException(path, 0, "not an inverted index of version 1");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[56..]) != XxHash64.HashToUInt64(header[..56])) throw new VectorFileException(path, 56, "checksum of the header differs");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(header[8..]), metric = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        long count = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        int lists = BinaryPrimitives.ReadInt32LittleEndian(header[32..]), nprobe = BinaryPrimitives.ReadInt32LittleEndian(header[36..]), rescore = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
        if (dimensions is < 1 or > FlatIndex.MaxDimensions) throw new VectorFileException(path, 8, $"dimension {dimensions} is outside 1 to {FlatIndex.MaxDimensions}");
        if (metric is < 0 or > (int)MetricKind.SquaredL2) throw new VectorFileException(path, 12, $"metric {metric} is unknown");
        if (lists < 1 || (long)lists * dimensions * sizeof(float) > file.Length) throw new VectorFileException(path, 32, $"{lists} lists do not fit the file's {file.Length} bytes");
        if (nprobe < 1 || nprobe > lists) throw new VectorFileException(path, 36, $"nprobe {nprobe} is outside 1 to {lists}");
        if (rescore < 1) throw new VectorFileException(path, 40, $"rescore {rescore} is less than 1");

        // before anything is believed: the file is read twice, but no field of a damaged one is used
        var hash = new XxHash64();
        hash.Append(file);
        if (hash.GetCurrentHashAsUInt64() != BinaryPrimitives.ReadUInt64LittleEndian(header[24..])) throw new VectorFileException(path, 24, "checksum differs: the file is damaged");
        file.Position = HeaderBytes;
        IvfIndex? index = null;
        try
        {
            using var reader = new BinaryReader(file, System.Text.Encoding.UTF8, leaveOpen: true);
            var codec = CodecFile.Read(reader, dimensions, (MetricKind)metric);
            var rescorer = reader.ReadBoolean() ? CodecFile.Read(reader, dimensions, (MetricKind)metric) : null;
            var centroids = new float[checked(lists * dimensions)];
            file.ReadExactly(MemoryMarshal.AsBytes(centroids.AsSpan()));
            if (Metric.IndexOfNonFinite(centroids) >= 0) throw new InvalidDataException("a centroid that is not finite");
            index = new IvfIndex(codec, rescorer, centroids) { Nprobe = nprobe, Rescore = rescore };
            ReadLists(file, reader, index);
            if (index.Count != count || file.Position != file.Length) throw new InvalidDataException($"{index.Count} rows of {count}, and {file.Length - file.Position} bytes left");
            return index;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException)
        {
            index?.Dispose();
            throw new VectorFileException(path, file.Position, e is InvalidDataException ? e.Message : "the file ends too early");
        }
    }

    private static void ReadLists(FileStream file, BinaryReader reader, IvfIndex index)
    {
        long rowBytes = sizeof(long) + index.Codec.CodeBytes + (index.Rescorer?.CodeBytes ?? 0);
        var seen = new HashSet<long>();
        for (int i = 0; i < index.Lists; i++)
        {
            int rows = reader.ReadInt32();
            if (rows < 0 || rows > (file.Length - file.Position) / rowBytes) throw new InvalidDataException($"list {i} of {rows} rows");
            var list = index.Restore(i, rows);
            Fill((byte*)list.Ids, (long)rows * sizeof(long), file);
            Fill(list.Codes, (long)rows * index.Codec.CodeBytes, file);
            Fill(list.Exact, (long)rows * (index.Rescorer?.CodeBytes ?? 0), file);
            for (int row = 0; row < rows; row++)
                if (!seen.Add(list.Ids[row])) throw new InvalidDataException($"id {list.Ids[row]} stands twice");
        }
    }

    private static void Fill(byte* to, long bytes, Stream stream)
    {
        // a span holds less than 2^31 bytes
        for (; bytes > 0; to += 1 << 30, bytes -= 1 << 30) stream.ReadExactly(new Span<byte>(to, (int)Math.Min(bytes, 1 << 30)));
    }

    private static void Put(byte* from, long bytes, BinaryWriter writer)
    {
        for (; bytes > 0; from += 1 << 30, bytes -= 1 << 30) writer.Write(new ReadOnlySpan<byte>(from, (int)Math.Min(bytes, 1 << 30)));
    }
}
