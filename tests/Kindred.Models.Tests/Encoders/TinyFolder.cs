using System.Buffers.Binary;
using System.Text;

namespace Kindred.Models.Tests.Encoders;

/// <summary>A model folder in a temporary place: eight words, vectors of four values.</summary>
internal sealed class TinyFolder : IDisposable
{
    public const int Width = 4;

    public static readonly string[] Vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "##ish"];

    public TinyFolder(string? modules = null, string pooling = "\"pooling_mode_mean_tokens\":true")
    {
        Path = Directory.CreateTempSubdirectory("kindred").FullName;
        Table = [.. Vocabulary.Select((_, i) => Enumerable.Range(0, Width).Select(j => (float)Math.Sin(1 + i * 7 + j * 3)).ToArray())];
        Write("model.onnx", TinyNetwork.Lookup(Table));
        Write("vocab.txt", string.Join('\n', Vocabulary) + "\n");
        Write("config.json", $"{{\"hidden_size\":{Width},\"max_position_embeddings\":64}}");
        Write("1_Pooling/config.json", $"{{\"word_embedding_dimension\":{Width},{pooling}}}");
        Modules(modules ?? "Transformer Pooling");
    }

    public string Path { get; }

    public float[][] Table { get; }

    /// <summary>Names the modules, in sentence-transformers' words.</summary>
    public void Modules(string names) => Write("modules.json", "[" + string.Join(',', names.Split(' ').Select((n, i) =>
        $"{{\"idx\":{i},\"name\":\"{i}\",\"path\":\"{(i == 0 ? "" : $"{i}_{n}")}\",\"type\":\"{(n.Contains('.') ? n : $"sentence_transformers.models.{n}")}\"}}")) + "]");

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    public static byte[] Safetensors(params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int at = 0;
        foreach (var (name, shape, values) in tensors)
        {
            header.Append($",\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{at},{at + values.Length * 4}]}}");
            at += values.Length * 4;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        byte[] file = new byte[8 + json.Length + at];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        at = 8 + json.Length;
        foreach (float value in tensors.SelectMany(t => t.Values))
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(at), value);
            at += 4;
        }

        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
