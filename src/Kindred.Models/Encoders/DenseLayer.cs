using System.Numerics.Tensors;

namespace Kindred.Models.Encoders;

/// <summary>The Dense module of sentence-transformers: y = f(W·x + b).</summary>
internal sealed class DenseLayer
{
    private readonly float[] weight;
    private readonly float[]? bias;
    private readonly bool tanh;

    private DenseLayer(int inputs, int outputs, float[] weight, float[]? bias, bool tanh)
    {
        (Inputs, Outputs) = (inputs, outputs);
        this.weight = weight;
        this.bias = bias;
        this.tanh = tanh;
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Reads config.json and model.safetensors of a module's folder.</summary>
    public static DenseLayer Read(string folder)
    {
        string config = Path.Combine(folder, "config.json"), weights = Path.Combine(folder, "model.safetensors");
        var (inputs, outputs, biased, tanh) = Json.Read(config, root => (
            root.Whole(config, "in_features", 1, 1 << 20) ?? throw new ModelFormatException(config, "in_features", "is missing"),
            root.Whole(config, "out_features", 1, 1 << 20) ?? throw new ModelFormatException(config, "out_features", "is missing"),
            root.Flag(config, "bias", true),
            (root.TextOrNull(config, "activation_function") ?? "torch.nn.modules.activation.Tanh") switch
            {
                "torch.nn.modules.activation.Tanh" => true,
                "torch.nn.modules.linear.Identity" => false,
                var other => throw new ModelFormatException(config, "activation_function", $"{other} is not known here, only Tanh and Identity"),
            }));
        if (!File.Exists(weights)) throw new ModelFormatException(weights, "", "is missing; weights in pytorch_model.bin are not read");
        return SafetensorsWeights.Read(weights, file => new DenseLayer(
            inputs,
            outputs,
            file.ReadSingles("linear.weight", outputs, inputs),
            biased ? file.ReadSingles("linear.bias", outputs) : null,
            tanh));
    }

    public void Apply(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int row = 0; row < Outputs; row++)
        {
            y[row] = TensorPrimitives.Dot(weight.AsSpan(row * Inputs, Inputs), x) + (bias is null ? 0 : bias[row]);
        }

        if (tanh) TensorPrimitives.Tanh(y, y);
    }
}
