using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Models.Tuning;

namespace Kindred.Models;

/// <summary>
/// What a sentence encoder learnt of labelled texts (<see cref="EmbeddingModel.Tune"/>): the changes of its layers' weights, in half floats. It belongs to
/// the very model it was made of, and <see cref="EmbeddingModel.With"/> runs that model with it.
/// </summary>
public sealed class EncoderTuning
{
    /// <summary>What messages call the bytes.</summary>
    private const string Name = "tuning";

    private const int Version = 1;
    private const int MostFingerprint = 256;

    private readonly Half[] changes;

    private EncoderTuning(string model, Half[] changes)
    {
        Model = model;
        this.changes = changes;
    }

    private static ReadOnlySpan<byte> Magic => "KTUN"u8;

    /// <summary>The fingerprint of the model it belongs to.</summary>
    internal string Model { get; }

    /// <summary>What to add to the weights of all layers, one layer behind the other, each in the order of <see cref="BertLayerWeights.All"/>.</summary>
    internal ReadOnlyMemory<Half> Changes => changes;

    /// <summary>
    /// The bytes to keep: "KTUN", version, length and UTF-8 of the model's fingerprint, number of changes (all int32), the changes (half floats), and the XXH3 of all
    /// before it (8 bytes); numbers little endian.
    /// </summary>
    public ReadOnlyMemory<byte> ToBytes()
    {
        byte[] model = Encoding.UTF8.GetBytes(Model);
        int head = Magic.Length + (3 * sizeof(int)) + model.Length, end = head + (changes.Length * sizeof(ushort));
        byte[] bytes = new byte[end + sizeof(ulong)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), model.Length);
        model.CopyTo(bytes, 12);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(head - sizeof(int)), changes.Length);
        MemoryMarshal.AsBytes<Half>(changes).CopyTo(bytes.AsSpan(head));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(end), XxHash3.HashToUInt64(bytes.AsSpan(0, end)));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    /// <exception cref="ModelFormatException">The bytes are cut or changed; the field is named.</exception>
    public static EncoderTuning FromBytes(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < 12 || !span.StartsWith(Magic)) throw Wrong("magic", "is not that of an encoder's tuning");
        int version = BinaryPrimitives.ReadInt32LittleEndian(span[4..]);
        if (version != Version) throw Wrong("version", $"is {version}, known is {Version}");
        int length = BinaryPrimitives.ReadInt32LittleEndian(span[8..]);
        if (length is < 1 or > MostFingerprint || length > span.Length - 16) throw Wrong("fingerprint", $"has a length of {length} bytes, {span.Length} bytes are there in all");
        int head = 16 + length, count = BinaryPrimitives.ReadInt32LittleEndian(span[(head - sizeof(int))..]);
        long wanted = head + ((long)count * sizeof(ushort)) + sizeof(ulong);
        if (count < 0 || wanted != span.Length) throw Wrong("count", $"says {count} changes, {span.Length} bytes are there in all");
        if (BinaryPrimitives.ReadUInt64LittleEndian(span[^sizeof(ulong)..]) != XxHash3.HashToUInt64(span[..^sizeof(ulong)])) throw Wrong("checksum", "is another than that of the bytes before it");
        var changes = new Half[count];
        span[head..^sizeof(ulong)].CopyTo(MemoryMarshal.AsBytes(changes.AsSpan()));
        int bad = NotFinite(changes);
        if (bad >= 0) throw Wrong("changes", $"[{bad}] is not a finite number");
        return new EncoderTuning(Encoding.UTF8.GetString(span.Slice(12, length)), changes);

        static ModelFormatException Wrong(string field, string problem) => new(Name, field, problem);
    }

    /// <summary>What was learnt between two states of a model's layers.</summary>
    /// <exception cref="InvalidDataException">A weight is not a finite number any more.</exception>
    internal static EncoderTuning Of(BertLayerWeights[] before, BertLayerWeights[] after, string fingerprint)
    {
        var changes = new Half[before.Sum(layer => layer.All.Sum(weight => weight.Length))];
        int at = 0;
        foreach (var (from, to) in before.SelectMany(layer => layer.All).Zip(after.SelectMany(layer => layer.All)))
        {
            float[] change = new float[from.Length];
            TensorPrimitives.Subtract(to, from, change);
            TensorPrimitives.ConvertToHalf(change, changes.AsSpan(at, change.Length));
            at += change.Length;
        }

        int bad = NotFinite(changes);
        return bad < 0 ? new EncoderTuning(fingerprint, changes) : throw new InvalidDataException($"Tuning gave weight {bad} of the layers a value that is not a finite number.");
    }

    /// <summary>The fingerprint of the model with it.</summary>
    internal string Fingerprint()
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{Name} {Version}\n{Model}\n"));
        hash.Append(MemoryMarshal.AsBytes<Half>(changes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static int NotFinite(Half[] values) => Array.FindIndex(values, value => !Half.IsFinite(value));
}
