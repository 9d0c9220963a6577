using System.Numerics.Tensors;
using Kindred.Models.Encoders;
using Microsoft.ML.OnnxRuntime;

namespace Kindred.Models.Media;

/// <summary>ResNet-18 and the small network before it, which turns red, green, blue round and takes the mean picture off.</summary>
internal sealed class ResNet : IDisposable
{
    /// <summary>Features of a picture.</summary>
    public const int Features = 512;

    /// <summary>The second and third stage: what the network saw half way, at (28 × 28) and (14 × 14) places.</summary>
    public static readonly (string Output, int Channels, int Side)[] Stages = [("ReLU315_Output_0", 128, 28), ("ReLU347_Output_0", 256, 14)];

    private readonly string folder;
    private readonly InferenceSession before;
    private readonly InferenceSession network;
    private readonly string[] outputs;

    private ResNet(string folder, InferenceSession before, InferenceSession network, string[] outputs) =>
        (this.folder, this.before, this.network, this.outputs) = (folder, before, network, outputs);

    /// <param name="folder">The model.</param>
    /// <param name="stages">Whether the stages half way are wanted, not the features.</param>
    public static ResNet Open(string folder, bool stages)
    {
        string first = Path.Combine(folder, "onnx", "preprocess.onnx"), second = Path.Combine(folder, "onnx", "model.onnx");
        string[] inner = stages ? [.. Stages.Select(s => s.Output)] : [];
        InferenceSession? before = null, network = null;
        try
        {
            before = Session(first, []);
            Check(first, before, before.OutputNames, [3 * PictureReader.Side * PictureReader.Side]);
            network = Session(second, inner);
            string[] outputs = stages ? inner : [network.OutputNames[0]];
            Check(second, network, outputs, stages ? [.. Stages.Select(s => s.Channels * s.Side * s.Side)] : [Features]);
            return new ResNet(folder, before, network, outputs);
        }
        catch
        {
            network?.Dispose();
            before?.Dispose();
            throw;
        }
    }

    /// <summary>The features of a picture, scaled to length 1.</summary>
    /// <param name="planes">Shape [3, 224, 224], 0 to 255.</param>
    public float[] Encode(float[] planes) => MediaBatch.Normalized(Run(planes)[0]);

    /// <summary>What comes out: the features, or the stages.</summary>
    public float[][] Run(float[] planes)
    {
        using var run = new RunOptions();
        using var picture = OrtValue.CreateTensorValueFromMemory(planes, [1, 3, PictureReader.Side, PictureReader.Side]);
        using var prepared = before.Run(run, before.InputNames, [picture], before.OutputNames);
        using var results = network.Run(run, network.InputNames, [prepared[0]], outputs);
        float[][] values = [.. results.Select(r => r.GetTensorDataAsSpan<float>().ToArray())];
        foreach (float[] value in values)
        {
            // a sum is finite only if all of its terms are
            if (!float.IsFinite(TensorPrimitives.SumOfSquares<float>(value))) throw new InvalidDataException($"{folder}: the network gave a value that is not a finite number.");
        }

        return values;
    }

    /// <summary>A hash over the files that decide a vector.</summary>
    public string Fingerprint(params string[] others) =>
        ModelFolder.Fingerprint("", folder, ((string[])["onnx/model.onnx", "onnx/preprocess.onnx", .. others]).Where(name => File.Exists(Path.Combine(folder, name))));

    public void Dispose()
    {
        before.Dispose();
        network.Dispose();
    }

    private static void Check(string path, InferenceSession session, IReadOnlyList<string> outputs, int[] lengths)
    {
        if (session.InputMetadata.Count != 1 || session.InputMetadata.First().Value is var input && (input.ElementType != typeof(float) || Length(input.Dimensions) != 3 * PictureReader.Side * PictureReader.Side))
            throw new ModelFormatException(path, "inputs", "one of float32, shape [1, 3, 224, 224], is wanted");
        for (int i = 0; i < lengths.Length; i++)
        {
            var output = session.OutputMetadata[outputs[i]];
            if (output.ElementType != typeof(float) || Length(output.Dimensions) != lengths[i]) throw new ModelFormatException(path, outputs[i], $"{lengths[i]} float32 values are wanted");
        }

        static long Length(int[] shape) => shape.Aggregate(1L, (a, b) => a * b);
    }

    /// <summary>Opens a network, with the outputs of inner nodes beside its own.</summary>
    private static InferenceSession Session(string path, string[] inner)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            return inner.Length == 0 ? new InferenceSession(path, options) : new InferenceSession([.. File.ReadAllBytes(path), .. OnnxFile.Outputs(inner)], options);
        }
        catch (Exception e) when (e is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "", $"cannot be loaded: {e.Message}", e);
        }
    }
}
