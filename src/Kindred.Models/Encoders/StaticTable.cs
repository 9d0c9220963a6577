using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Vectors.Files;

namespace Kindred.Models.Encoders;

/// <summary>
/// The token vectors of a static encoder, from model.safetensors as MinishLab's model2vec writes it: "embeddings" [rows, dimensions], and where they
/// are there "weights" [tokens], a factor for each token, and "mapping" [tokens], the row of each token.
/// </summary>
internal sealed class StaticTable
{
    private readonly float[] floats = [];
    private readonly sbyte[] bytes = [];
    private readonly float[]? weights;
    private readonly int[]? mapping;

    private StaticTable(SafetensorsFile file, string name, int tokens)
    {
        var (type, shape) = file.Describe(name);
        if (shape is not [var rows, var dimensions] || rows < 1 || dimensions is < 1 or > 1 << 16)
        {
            throw file.Wrong(name, $"shape [{string.Join(", ", shape)}], wanted is [rows, dimensions]");
        }

        Dimensions = (int)dimensions;
        if (type == "I8") bytes = file.ReadSBytes(name, rows, dimensions);
        else floats = file.ReadSingles(name, rows, dimensions);
        if (file.Has("weights")) weights = file.ReadSingles("weights", tokens);
        if (file.Has("mapping")) mapping = file.ReadIndices("mapping", (int)Math.Min(rows, int.MaxValue), tokens);
        else if (rows < tokens) throw file.Wrong(name, $"{rows} rows, the tokenizer {tokens} tokens");
        if (!float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(floats))) throw file.Wrong(name, "a value is not a finite number");
        if (weights is not null && !float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(weights))) throw file.Wrong("weights", "a value is not a finite number");
    }

    /// <summary>Length of a vector.</summary>
    public int Dimensions { get; }

    /// <exception cref="ModelFormatException">The file is broken, or does not fit the tokenizer.</exception>
    public static StaticTable Read(string path, int tokens) =>
        SafetensorsWeights.Read(path, file => new StaticTable(file, file.Has("embedding.weight") ? "embedding.weight" : "embeddings", tokens));

    /// <summary>Adds a token's vector, as far as <paramref name="sum"/> is long.</summary>
    public void Add(int token, Span<float> sum)
    {
        float weight = weights is null ? 1 : weights[token];
        int start = (mapping is null ? token : mapping[token]) * Dimensions;
        if (bytes.Length == 0) TensorPrimitives.MultiplyAdd(floats.AsSpan(start, sum.Length), weight, sum, sum);
        else Add(bytes.AsSpan(start, sum.Length), weight, sum);
    }

    private static void Add(ReadOnlySpan<sbyte> row, float weight, Span<float> sum)
    {
        ref sbyte from = ref MemoryMarshal.GetReference(row);
        ref float to = ref MemoryMarshal.GetReference(sum);
        nuint i = 0, n = (nuint)sum.Length;
        if (Vector512.IsHardwareAccelerated)
        {
            var factor = Vector512.Create(weight);
            for (; n - i >= 16; i += 16)
            {
                var wide = Vector512.WidenLower(Vector512.WidenLower(Vector128.LoadUnsafe(ref from, i).ToVector256Unsafe().ToVector512Unsafe()));
                (Vector512.LoadUnsafe(ref to, i) + (Vector512.ConvertToSingle(wide) * factor)).StoreUnsafe(ref to, i);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            var factor = Vector128.Create(weight);
            for (; n - i >= 16; i += 16)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, i));
                Store(Vector128.WidenLower(low), factor, ref to, i);
                Store(Vector128.WidenUpper(low), factor, ref to, i + 4);
                Store(Vector128.WidenLower(high), factor, ref to, i + 8);
                Store(Vector128.WidenUpper(high), factor, ref to, i + 12);
            }
        }

        for (; i < n; i++) sum[(int)i] += row[(int)i] * weight;
    }

    private static void Store(Vector128<int> values, Vector128<float> factor, ref float to, nuint i) =>
        (Vector128.LoadUnsafe(ref to, i) + (Vector128.ConvertToSingle(values) * factor)).StoreUnsafe(ref to, i);
}
