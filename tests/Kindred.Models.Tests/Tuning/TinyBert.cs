using System.Runtime.InteropServices;
using Kindred.Models.Tests.Encoders;
using static Kindred.Models.Tests.Encoders.TinyNetwork;

namespace Kindred.Models.Tests.Tuning;

/// <summary>A folder with the weights of a BERT of one layer, and of its nodes those by which the matrices are found; it cannot be run.</summary>
internal sealed class TinyBert : IDisposable
{
    public const int Width = 16, Inner = 32, Positions = 64;

    public const string Config = """{"model_type":"bert","hidden_size":16,"num_attention_heads":1,"num_hidden_layers":1,"max_position_embeddings":64}""";

    private static readonly string[] Parts =
    [
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
    ];

    private readonly TinyFolder folder = new("Transformer Pooling Normalize");

    public TinyBert()
    {
        folder.Write("config.json", Config);
        folder.Write("1_Pooling/config.json", """{"word_embedding_dimension":16,"pooling_mode_mean_tokens":true}""");
        Network(Weights());
    }

    public string Path => folder.Path;

    public static string Prefix => "model.";

    /// <summary>All weights, each filled with its place in the list.</summary>
    public static List<(string Name, int[] Shape)> Weights()
    {
        List<(string, int[])> weights =
        [
            (Prefix + "embeddings.word_embeddings.weight", [TinyFolder.Vocabulary.Length, Width]), (Prefix + "embeddings.position_embeddings.weight", [Positions, Width]),
            (Prefix + "embeddings.token_type_embeddings.weight", [2, Width]), (Prefix + "embeddings.LayerNorm.weight", [Width]), (Prefix + "embeddings.LayerNorm.bias", [Width]),
        ];
        foreach (string part in Parts)
        {
            int[] shape = part switch { "intermediate.dense" => [Width, Inner], "output.dense" => [Inner, Width], _ => [Width, Width] };
            if (part.EndsWith("LayerNorm", StringComparison.Ordinal)) weights.Add(($"{Prefix}encoder.layer.0.{part}.weight", [Width]));
            else weights.Add((Matrix(part), shape));
            weights.Add(($"{Prefix}encoder.layer.0.{part}.bias", [shape[1]]));
        }

        return weights;
    }

    public static string Matrix(string part) => "onnx::MatMul_" + Array.IndexOf(Parts, part);

    public void Write(string name, string text) => folder.Write(name, text);

    public void Write(byte[] network) => folder.Write("model.onnx", network);

    public void Modules(string names) => folder.Modules(names);

    /// <summary>Writes the network with these weights.</summary>
    /// <param name="weights">Name and shape of each.</param>
    /// <param name="type">1 for float32.</param>
    /// <param name="packed">Whether shapes stand in one field.</param>
    /// <param name="more">Fields put into each weight.</param>
    public byte[] Network(List<(string Name, int[] Shape)> weights, int type = 1, bool packed = false, byte[]? more = null)
    {
        IEnumerable<byte> graph = [];
        foreach (string part in Parts.Where(p => !p.EndsWith("LayerNorm", StringComparison.Ordinal)))
        {
            graph = graph.Concat(Node("MatMul", ["in", Matrix(part)], part)).Concat(Node("Add", [$"{Prefix}encoder.layer.0.{part}.bias", part], part + "+"));
        }

        for (int i = 0; i < weights.Count; i++)
        {
            float[] values = new float[weights[i].Shape.Aggregate(1, (a, b) => a * b)];
            Array.Fill(values, i);
            byte[] shape = packed ? Bytes(1, [.. weights[i].Shape.Select(side => checked((byte)side))]) : [.. weights[i].Shape.SelectMany(side => Number(1, side))];
            graph = graph.Concat(Bytes(5, [.. shape, .. Number(2, type), .. Text(8, weights[i].Name), .. Bytes(9, MemoryMarshal.AsBytes<float>(values).ToArray()), .. more ?? []]));
        }

        byte[] network = Bytes(7, [.. graph]);
        Write(network);
        return network;
    }

    public void Dispose() => folder.Dispose();

    private static byte[] Node(string kind, string[] inputs, string output) => Bytes(1, [.. inputs.SelectMany(name => Text(1, name)), .. Text(2, output), .. Text(4, kind)]);
}
