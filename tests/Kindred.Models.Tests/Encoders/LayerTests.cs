using Kindred.Models.Encoders;
using Kindred.Vectors.Metrics;

namespace Kindred.Models.Tests.Encoders;

public sealed class LayerTests
{
    private const int Width = 384, Layers = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Layers_are_those_of_an_independent_implementation()
    {
        // Golden/layers.py model.onnx 101 1996 4937 102
        double[][] due = [[0.11798, 0.36743, -0.07602], [-0.04444, 0.44248, 0.04568], [-0.12012, 0.42986, -0.27771], [0.21242, 0.48658, -0.12239]];
        using var model = EmbeddingModel.Default;
        var (_, layers) = await model.GenerateWithLayersAsync(["The cat"], cancellationToken: Cancel);
        var found = Assert.Single(layers!);
        Assert.Equal(Layers * Width, found.Length);
        for (int l = 0; l < Layers; l++)
            for (int d = 0; d < 3; d++) Assert.Equal(due[l][d], found.Span[(l * Width) + d], 1e-4);
    }

    [Theory]
    [InlineData("minilm")]
    [InlineData("arctic-xs")]
    public async Task Vectors_beside_layers_are_the_usual_ones_and_texts_do_not_touch_each_other(string name)
    {
        using var model = EmbeddingModel.Load(name);
        string[] texts = ["The cat", "", "My card was charged twice and nobody at the counter could tell me why that is so.", "rain"];
        var usual = await model.GenerateAsync(texts, cancellationToken: Cancel);
        var (vectors, layers) = await model.GenerateWithLayersAsync(texts, cancellationToken: Cancel);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.True(Metric.Cosine(usual[i].Vector.Span, vectors[i].Vector.Span) > 0.999999f);
            var (_, alone) = await model.GenerateWithLayersAsync([texts[i]], cancellationToken: Cancel);
            Assert.True(Metric.Cosine(alone![0].Span, layers![i].Span) > 0.999999f);

            // MiniLM's vector is the last layer's mean
            if (name == "minilm") Assert.Equal(1, Metric.Cosine(layers[i].Span[(3 * Width)..], vectors[i].Vector.Span), 1e-5f);
        }

        Assert.Equal(usual.Usage!.InputTokenCount, vectors.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task A_static_model_has_no_layers()
    {
        using var model = EmbeddingModel.Load("fast");
        var (vectors, layers) = await model.GenerateWithLayersAsync(["The cat"], cancellationToken: Cancel);
        Assert.Single(vectors);
        Assert.Null(layers);
    }

    [Fact]
    public async Task A_network_that_names_no_layers_has_none()
    {
        using var folder = new TinyFolder();
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table, "last_hidden_state"));
        Assert.Empty(OnnxFile.Layers(Path.Combine(folder.Path, "model.onnx"), out var outputs));
        Assert.Contains("last_hidden_state", outputs);
        using var model = EmbeddingModel.Load(folder.Path);
        Assert.Null((await model.GenerateWithLayersAsync(["red"], cancellationToken: Cancel)).Layers);
    }

    [Fact]
    public void Broken_files_name_no_layers()
    {
        byte[] network = TinyNetwork.Lookup(new TinyFolder().Table, "last_hidden_state");
        string path = Path.GetTempFileName();
        for (int length = 0; length < network.Length; length += 7)
        {
            File.WriteAllBytes(path, network[..length]);
            Assert.Empty(OnnxFile.Layers(path, out _));
        }

        File.Delete(path);
    }
}
