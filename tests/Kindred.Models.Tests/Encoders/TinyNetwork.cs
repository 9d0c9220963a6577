using System.Buffers.Binary;
using System.Text;

namespace Kindred.Models.Tests.Encoders;

/// <summary>Writes an ONNX network that looks each token up in a table, so that every vector has a closed form; protobuf by hand.</summary>
internal static class TinyNetwork
{
    /// <summary>ids [batch, tokens] in, rows of the table [batch, tokens, width] out.</summary>
    public static byte[] Lookup(float[][] table, string output = "last_hidden_state", string[]? inputs = null)
    {
        byte[] data = new byte[table.Length * table[0].Length * 4];
        for (int i = 0; i < table.Length; i++)
        {
            for (int j = 0; j < table[0].Length; j++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan((i * table[0].Length + j) * 4), table[i][j]);
        }

        byte[] tensor = [.. Number(1, table.Length), .. Number(1, table[0].Length), .. Number(2, 1), .. Text(8, "table"), .. Bytes(9, data)];
        byte[] node = [.. Text(1, "table"), .. Text(1, "input_ids"), .. Text(2, output), .. Text(4, "Gather")];
        IEnumerable<byte> graph = [.. Bytes(1, node), .. Text(2, "lookup"), .. Bytes(5, tensor)];
        foreach (string input in inputs ?? ["input_ids", "attention_mask"]) graph = graph.Concat(Bytes(11, Value(input, 7, "batch", "tokens")));
        graph = graph.Concat(Bytes(12, Value(output, 1, "batch", "tokens", table[0].Length)));
        return [.. Number(1, 7), .. Bytes(7, [.. graph]), .. Bytes(8, [.. Number(2, 13)])];
    }

    private static byte[] Value(string name, int type, params object[] shape)
    {
        var sides = shape.SelectMany(s => Bytes(1, s is string symbol ? Text(2, symbol) : Number(1, (int)s)));
        return [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, type), .. Bytes(2, [.. sides])]))];
    }

    public static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    public static byte[] Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public static byte[] Bytes(int field, byte[] value) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)value.Length), .. value];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
