using System.Numerics.Tensors;
using Kindred.Vectors.Files;
using Microsoft.Extensions.AI;

namespace Kindred.Models.Media;

/// <summary>
/// Sounds to vectors by what they sound like. The log-mel spectrogram is looked at as a picture by the second and third stage of ResNet-18 (what a network trained on pictures saw half way serves
/// spectrograms too: Palanisamy et al. 2020, "Rethinking CNN Models for Audio Classification"), each averaged over time in a few bands of pitch; beside them stand mean, deviation, step and
/// percentiles of the mel bands and the cepstral coefficients, and how the bands repeat. Each of the 1,576 values is scaled by what it is over 80 everyday sounds. Loudness does not matter. Any number of threads may call one instance at once.
/// </summary>
public sealed class SoundModel : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    /// <summary>Frames that are looked at as one picture: two seconds. Longer sounds are looked at in parts of about that length.</summary>
    private const int Frames = 200;

    /// <summary>What lies so far below the loudest part of a sound is black: 80 dB, in natural logarithms of power.</summary>
    private const float Range = 18.42f;

    /// <summary>The rhythm has 48 values beside 1,528 others, which would drown it: each weighs so much.</summary>
    private const float RhythmWeight = 2;

    private const string Scales = "sound.safetensors";

    /// <summary>Bands of pitch that each stage is averaged in.</summary>
    private static readonly int[] PitchBands = [4, 2];

    private readonly ResNet network;
    private readonly float[]? mean;
    private readonly float[]? deviation;

    private SoundModel(ResNet network, float[]? mean, float[]? deviation) => (this.network, this.mean, this.deviation) = (network, mean, deviation);

    /// <summary>Opens the model that lies beside the program. Each get opens a new instance that the caller disposes.</summary>
    /// <exception cref="ModelFormatException">The model is not beside the program, or is broken.</exception>
    public static SoundModel Default => Load(ModelCatalog.Find("resnet18-mel")!.Folder);

    /// <summary>The length of a vector: 1,576.</summary>
    public int Dimensions { get; } = Size;

    /// <summary>A hash over the files that decide a vector: equal fingerprints, comparable vectors.</summary>
    public string Fingerprint => network.Fingerprint(Scales);

    private static int Seen => ResNet.Stages.Zip(PitchBands, (stage, bands) => stage.Channels * bands).Sum();

    private static int Size => Seen + LogMel.Statistics + LogMel.Rhythms;

    /// <summary>Opens a folder with onnx/preprocess.onnx, onnx/model.onnx and sound.safetensors (mean and deviation of each value; without it vectors are not scaled and not of length 1).</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelFormatException">A file is missing or broken.</exception>
    public static SoundModel Load(string folder)
    {
        float[]? mean = null, deviation = null;
        string path = Path.Combine(folder, Scales);
        if (File.Exists(path))
        {
            try
            {
                using var file = SafetensorsFile.Open(path);
                (mean, deviation) = (file.ReadSingles("mean", Size), file.ReadSingles("deviation", Size));
            }
            catch (VectorFileException e)
            {
                throw new ModelFormatException(path, "", e.Message, e);
            }

            if (deviation.Any(d => !(d > 0)) || mean.Any(m => !float.IsFinite(m))) throw new ModelFormatException(path, "deviation", "holds a value that is not above 0");
        }

        return new SoundModel(ResNet.Open(folder, stages: true), mean, deviation);
    }

    /// <summary>Turns sounds into vectors of length 1.</summary>
    /// <param name="values">The bytes of WAV files, of any sample rate and number of channels; the media type is not looked at.</param>
    /// <param name="options">Dimensions: not to be set to anything but 1,576.</param>
    /// <param name="cancellationToken">Stops between two sounds.</param>
    /// <returns>A vector a sound, in their order.</returns>
    /// <exception cref="MediaFormatException">A sound cannot be read; its index is named.</exception>
    /// <exception cref="ArgumentException">Other dimensions are asked for, or a sound is null.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        MediaBatch.RunAsync(values, Dimensions, options, Encode, cancellationToken);

    /// <summary>Answers <see cref="EmbeddingGeneratorMetadata"/> and this type.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => MediaBatch.Service(this, "resnet18-mel", Dimensions, serviceType, serviceKey);

    /// <summary>Gives back the network's memory.</summary>
    public void Dispose() => network.Dispose();

    private float[] Encode(ReadOnlySpan<byte> bytes)
    {
        float[][] frames = LogMel.Of(SoundReader.Read(bytes));
        float[] vector = [.. Look(frames), .. LogMel.Describe(frames), .. LogMel.Rhythm(frames)];
        if (mean is null || deviation is null) return vector;
        for (int i = 0; i < vector.Length; i++) vector[i] = (vector[i] - mean[i]) / deviation[i] * (i < vector.Length - LogMel.Rhythms ? 1 : RhythmWeight);
        return MediaBatch.Normalized(vector);
    }

    /// <summary>Both stages, averaged over time, and over the parts of a long sound.</summary>
    private float[] Look(float[][] frames)
    {
        float loudest = frames.Max(f => f.Max());
        int parts = Math.Max(1, (int)Math.Round(frames.Length / (double)Frames));
        float[] seen = new float[Seen];
        for (int part = 0; part < parts; part++)
        {
            int start = (int)((long)frames.Length * part / parts), end = (int)((long)frames.Length * (part + 1) / parts);
            float[][] stages = network.Run(SpectrogramPicture.Draw(frames.AsSpan(start, end - start), Math.Max(end - start, Frames), loudest, Range));
            int at = 0;
            for (int s = 0; s < stages.Length; s++)
            {
                int cells = stages[s].Length / ResNet.Stages[s].Channels / PitchBands[s];
                for (int i = 0; i < stages[s].Length; i += cells) seen[at++] += MathF.Log(1 + (TensorPrimitives.Sum<float>(stages[s].AsSpan(i, cells)) / cells)) / parts;
            }
        }

        return seen;
    }
}
