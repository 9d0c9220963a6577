using Microsoft.Extensions.AI;

namespace Kindred.Models.Media;

/// <summary>
/// Pictures to vectors by what they show: ResNet-18 (He et al. 2016, "Deep Residual Learning for Image Recognition") trained on ImageNet, without its classifier.
/// The middle of each picture is read, 224 of the 256 pixels its shorter side is scaled to. Any number of threads may call one instance at once.
/// </summary>
public sealed class ImageModel : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ResNet network;

    private ImageModel(ResNet network) => this.network = network;

    /// <summary>Opens the model that lies beside the program. Each get opens a new instance that the caller disposes.</summary>
    /// <exception cref="ModelFormatException">The model is not beside the program, or is broken.</exception>
    public static ImageModel Default => Load(ModelCatalog.Find("resnet18")!.Folder);

    /// <summary>The length of a vector: 512.</summary>
    public int Dimensions { get; } = ResNet.Features;

    /// <summary>A hash over the files that decide a vector: equal fingerprints, comparable vectors.</summary>
    public string Fingerprint => network.Fingerprint();

    /// <summary>Opens a folder with onnx/preprocess.onnx and onnx/model.onnx.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelFormatException">A file is missing or broken.</exception>
    public static ImageModel Load(string folder) => new(ResNet.Open(folder, stages: false));

    /// <summary>Turns pictures into vectors of length 1.</summary>
    /// <param name="values">The bytes of JPEG, PNG, WebP, GIF or BMP files; the media type is not looked at.</param>
    /// <param name="options">Dimensions: not to be set to anything but 512.</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    /// <returns>A vector a picture, in their order.</returns>
    /// <exception cref="MediaFormatException">A picture cannot be read; its index is named.</exception>
    /// <exception cref="ArgumentException">Other dimensions are asked for, or a picture is null.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        MediaBatch.RunAsync(values, Dimensions, options, image => network.Encode(PictureReader.Read(image)), cancellationToken);

    /// <summary>Answers <see cref="EmbeddingGeneratorMetadata"/> and this type.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => MediaBatch.Service(this, "resnet18", Dimensions, serviceType, serviceKey);

    /// <summary>Gives back the network's memory.</summary>
    public void Dispose() => network.Dispose();
}
