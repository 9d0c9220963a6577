using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Models.Encoders;

namespace Kindred.Models.Tuning;

/// <summary>Where the weights of a BERT stand in its ONNX file, as PyTorch exports it.</summary>
internal sealed class BertWeightsFile
{
    /// <summary>Weights of all layers up to which a network with other values of them stays below what one array holds; BERT-large has 302 million.</summary>
    private const long MostValues = 400_000_000;

    /// <summary>Values a head's vector is a multiple of, and the other sides too.</summary>
    private const int Lane = 16;

    private readonly ModelFolder folder;
    private readonly int heads;
    private readonly OnnxTensor words, positions, types, gain, bias;
    private readonly OnnxTensor[][] layers;

    private BertWeightsFile(ModelFolder folder, int heads, OnnxTensor[] embeddings, OnnxTensor[][] layers)
    {
        this.folder = folder;
        this.heads = heads;
        (words, positions, types, gain, bias) = (embeddings[0], embeddings[1], embeddings[2], embeddings[3], embeddings[4]);
        this.layers = layers;
        Names = [.. layers.Select(layer => layer.Select(weight => weight.Name).ToArray())];
        Values = layers.Sum(layer => layer.Sum(weight => weight.Count));
    }

    /// <summary>What the network calls the weights of each layer, in the order of <see cref="BertLayerWeights.All"/>.</summary>
    public string[][] Names { get; }

    /// <summary>How many weights the layers have together.</summary>
    public int Values { get; }

    /// <summary>How many tokens have a vector.</summary>
    public int Vocabulary => words.Shape[0];

    /// <summary>Looks the weights up without reading them.</summary>
    /// <returns>Null if the folder is not a BERT of float32 whose vector is the mean of the tokens', of length 1.</returns>
    public static BertWeightsFile? Find(ModelFolder folder)
    {
        if (folder.Table is not null || !folder.Pooling.IsMean || folder.Dense.Count > 0 || !folder.Normalize) return null;
        try
        {
            if (Heads(folder.Config, out int? depth) is not { } heads) return null;
            using var file = new FileStream(folder.Network, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            return Find(folder, file, heads, depth);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ModelFormatException)
        {
            return null;
        }
    }

    /// <exception cref="ModelFormatException">The file changed since it was looked at.</exception>
    public BertWeights Read() => Reading(file =>
    {
        float[] places = Floats(file, positions), type = Floats(file, types)[..gain.Count];
        for (int at = 0; at < places.Length; at += type.Length)
        {
            var row = places.AsSpan(at, type.Length);
            TensorPrimitives.Add(row, type, row);
        }

        return new BertWeights
        {
            Width = gain.Count,
            Heads = heads,
            Inner = layers[0][10].Shape[1],
            Words = Floats(file, words),
            Positions = places,
            NormGain = Floats(file, gain),
            NormBias = Floats(file, bias),
            Layers = Layers(file),
        };
    });

    /// <summary>Reads the layers alone.</summary>
    /// <exception cref="ModelFormatException">The file changed since it was looked at.</exception>
    public BertLayerWeights[] ReadLayers() => Reading(Layers);

    /// <summary>The layers' weights with changes added, as a part of a model (protobuf) that is put behind a network without them.</summary>
    /// <param name="changes">Length <see cref="Values"/>.</param>
    public byte[] Changed(ReadOnlyMemory<Half> changes) => Reading(file =>
    {
        byte[][] heads = [.. layers.SelectMany(layer => layer).Select(Head)];
        long size = heads.Sum(head => (long)head.Length) + ((long)Values * sizeof(float));
        using var start = new MemoryStream();
        OnnxFile.WriteVarint(start, (OnnxFile.ModelGraph << 3) | OnnxFile.Bytes);
        OnnxFile.WriteVarint(start, (ulong)size);
        byte[] model = new byte[start.Length + size];
        start.ToArray().CopyTo(model, 0);
        int to = (int)start.Length, from = 0, w = 0;
        foreach (var weight in layers.SelectMany(layer => layer))
        {
            float[] values = Floats(file, weight), change = new float[values.Length];
            TensorPrimitives.ConvertToSingle(changes.Span.Slice(from, values.Length), change);
            TensorPrimitives.Add(values, change, values);
            heads[w].CopyTo(model, to);
            to += heads[w++].Length;
            MemoryMarshal.AsBytes<float>(values).CopyTo(model.AsSpan(to));
            to += values.Length * sizeof(float);
            from += values.Length;
        }

        return model;
    });

    private static BertWeightsFile? Find(ModelFolder folder, FileStream file, int heads, int? depth)
    {
        var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        // what is added to a name, and the matrix behind each product; null where there are several
        Dictionary<string, string?> sums = new(StringComparer.Ordinal), products = new(StringComparer.Ordinal);
        while (file.Position < file.Length)
        {
            var field = OnnxFile.Next(file, file.Length);
            if (field is { Number: OnnxFile.ModelGraph, Wire: OnnxFile.Bytes })
            {
                foreach (var part in OnnxFile.Fields(file, field))
                {
                    if (part.Number == OnnxFile.GraphInitializer && OnnxTensor.Read(file, part) is { } tensor)
                    {
                        if (!tensors.TryAdd(tensor.Name, tensor)) return null;
                    }
                    else if (part.Number == OnnxFile.GraphNode && OnnxFile.Node(file, part) is { Inputs.Count: 2, Outputs.Count: 1 } node)
                    {
                        if (node.Operator == "MatMul") Put(products, node.Outputs[0], node.Inputs[1]);
                        if (node.Operator != "Add") continue;
                        Put(sums, node.Inputs[0], node.Inputs[1]);
                        Put(sums, node.Inputs[1], node.Inputs[0]);
                    }
                }
            }

            file.Position = field.End;
        }

        const string Words = "embeddings.word_embeddings.weight";
        string[] found = [.. tensors.Keys.Where(name => name.EndsWith(Words, StringComparison.Ordinal))];
        if (found.Length != 1) return null;
        string prefix = found[0][..^Words.Length];
        var embeddings = new OnnxTensor?[]
        {
            Named(Words), Named("embeddings.position_embeddings.weight"), Named("embeddings.token_type_embeddings.weight"), Named("embeddings.LayerNorm.weight"), Named("embeddings.LayerNorm.bias"),
        };
        var layers = new List<OnnxTensor[]>();
        while (Named($"encoder.layer.{layers.Count}.output.dense.bias") is not null)
        {
            string layer = $"encoder.layer.{layers.Count}.";
            OnnxTensor?[] weights =
            [
                Matrix("attention.self.query"), Bias("attention.self.query"), Matrix("attention.self.key"), Bias("attention.self.key"), Matrix("attention.self.value"), Bias("attention.self.value"),
                Matrix("attention.output.dense"), Bias("attention.output.dense"), Named(layer + "attention.output.LayerNorm.weight"), Bias("attention.output.LayerNorm"),
                Matrix("intermediate.dense"), Bias("intermediate.dense"), Matrix("output.dense"), Bias("output.dense"), Named(layer + "output.LayerNorm.weight"), Bias("output.LayerNorm"),
            ];
            if (weights.Contains(null)) return null;
            layers.Add(weights!);

            OnnxTensor? Bias(string part) => Named(layer + part + ".bias");

            OnnxTensor? Matrix(string part) =>
                sums.GetValueOrDefault(prefix + layer + part + ".bias") is { } product && products.GetValueOrDefault(product) is { } matrix ? tensors.GetValueOrDefault(matrix) : null;
        }

        if (embeddings.Contains(null) || layers.Count == 0 || (depth is not null && depth != layers.Count)) return null;
        return Fit(folder, heads, embeddings!, layers) ? new BertWeightsFile(folder, heads, embeddings!, [.. layers]) : null;

        OnnxTensor? Named(string name) => tensors.GetValueOrDefault(prefix + name);

        static void Put(Dictionary<string, string?> to, string name, string other)
        {
            if (!to.TryAdd(name, other)) to[name] = null;
        }
    }

    /// <summary>Whether all shapes go together, and no weight stands for two.</summary>
    private static bool Fit(ModelFolder folder, int heads, OnnxTensor[] embeddings, List<OnnxTensor[]> layers)
    {
        if (embeddings[3].Shape is not [var width] || width % heads != 0 || width / heads % Lane != 0 || width % Lane != 0) return false;
        if (layers[0][11].Shape is not [var inner] || inner % Lane != 0) return false;
        if (folder.Width is { } said && said != width) return false;
        if (embeddings[..3].Any(table => table.Shape is not [_, var length] || length != width) || embeddings[4].Shape is not [var end] || end != width) return false;
        if (embeddings[1].Shape[0] < folder.MaxTokens) return false;

        int[] square = [width, width], list = [width];
        int[][] shapes = [square, list, square, list, square, list, square, list, list, list, [width, inner], [inner], [inner, width], list, list, list];
        if (layers.Any(layer => layer.Zip(shapes).Any(pair => !pair.First.Shape.AsSpan().SequenceEqual(pair.Second)))) return false;
        string[] names = [.. layers.SelectMany(layer => layer).Concat(embeddings).Select(weight => weight.Name)];
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length && layers.Sum(layer => layer.Sum(weight => (long)weight.Count)) <= MostValues;
    }

    /// <summary>How many heads a config.json names; null if it is not that of a BERT whose every part is known here. What it leaves out is as BERT has it.</summary>
    private static int? Heads(string config, out int? depth)
    {
        (int? heads, depth) = Json.Read(config, root =>
        {
            bool known = root.TextOrNull(config, "model_type") == "bert"
                && (root.TextOrNull(config, "hidden_act") ?? "gelu") == "gelu"
                && (root.TextOrNull(config, "position_embedding_type") ?? "absolute") == "absolute"
                && (root.Get(config, "layer_norm_eps")?.GetDouble() ?? 1e-12) == 1e-12;
            return (known ? root.Whole(config, "num_attention_heads", 1, 1 << 10) : null, root.Whole(config, "num_hidden_layers", 1, 1 << 10));
        });
        return heads;
    }

    /// <summary>The fields of a tensor up to its bytes, and the head of the field around it.</summary>
    private static byte[] Head(OnnxTensor tensor)
    {
        using MemoryStream inside = new(), around = new();
        foreach (int side in tensor.Shape) Number(OnnxFile.TensorShape, side);
        Number(OnnxFile.TensorType, 1);
        OnnxFile.WriteField(inside, OnnxFile.TensorName, Encoding.UTF8.GetBytes(tensor.Name));
        int bytes = tensor.Count * sizeof(float);
        OnnxFile.WriteVarint(inside, (OnnxFile.TensorRawData << 3) | OnnxFile.Bytes);
        OnnxFile.WriteVarint(inside, (ulong)bytes);
        OnnxFile.WriteVarint(around, (OnnxFile.GraphInitializer << 3) | OnnxFile.Bytes);
        OnnxFile.WriteVarint(around, (ulong)(inside.Length + bytes));
        return [.. around.ToArray(), .. inside.ToArray()];

        void Number(int field, int value)
        {
            OnnxFile.WriteVarint(inside, (ulong)((field << 3) | OnnxFile.Varint));
            OnnxFile.WriteVarint(inside, (ulong)value);
        }
    }

    private static float[] Floats(FileStream file, OnnxTensor tensor)
    {
        float[] values = new float[tensor.Count];
        file.Position = tensor.Start;
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private BertLayerWeights[] Layers(FileStream file) => [.. layers.Select(layer => BertLayerWeights.Of([.. layer.Select(weight => Floats(file, weight))]))];

    private T Reading<T>(Func<FileStream, T> read)
    {
        try
        {
            using var file = new FileStream(folder.Network, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            return read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(folder.Network, "", e.Message, e);
        }
    }
}
