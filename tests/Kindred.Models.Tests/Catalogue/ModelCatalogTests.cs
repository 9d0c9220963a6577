using System.Security.Cryptography;
using System.Text.Json;
using Kindred.Models.Media;

namespace Kindred.Models.Tests.Catalogue;

public sealed class ModelCatalogTests
{
    [Fact]
    public void Every_encoder_lies_beside_the_program_and_is_what_the_catalogue_says()
    {
        Assert.Equal("all-minilm-l6-v2", ModelCatalog.Models[0].Name);
        foreach (var info in ModelCatalog.Models.Where(m => m.Kind != ModelKind.Words))
        {
            Assert.True(info.IsPresent, info.Folder);
            byte[] weights = File.ReadAllBytes(Path.Combine(info.Folder, info.Name == "minilm-static-128d" ? "model.safetensors" : "onnx/model.onnx"));
            Assert.Equal((info.Bytes, info.Sha256), (weights.Length, Convert.ToHexStringLower(SHA256.HashData(weights))));
            using var source = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(info.Folder, "SOURCE.json")));
            string Text(string name) => source.RootElement.GetProperty(name).GetString()!;
            Assert.Equal(info.Source, $"{Text("source")} {Text("package")} {Text("version")}");
            Assert.Equal(info.License, Text("license"));
            Assert.True(File.Exists(Path.Combine(info.Folder, "LICENSE")));
            if (info.Kind == ModelKind.Sentence)
            {
                using var model = EmbeddingModel.Load(info.Name);
                Assert.Equal((info.Dimensions, info.MaxTokens ?? int.MaxValue), (model.Dimensions, model.MaxTokens));
                Assert.Equal(info.Folder, model.Folder);
            }
            else if (info.Kind == ModelKind.Image)
            {
                using var model = ImageModel.Load(info.Folder);
                Assert.Equal(info.Dimensions, model.Dimensions);
            }
            else
            {
                using var model = SoundModel.Load(info.Folder);
                Assert.Equal(info.Dimensions, model.Dimensions);
            }
        }
    }

    [Fact]
    public void A_model_is_found_by_name_and_alias()
    {
        Assert.Same(ModelCatalog.Models[0], ModelCatalog.Find("MiniLM"));
        Assert.Same(ModelCatalog.Models[1], ModelCatalog.Find("arctic-xs"));
        Assert.Null(ModelCatalog.Find("glove-of-nobody"));
        foreach (string name in (string[])["glove", "resnet18", "sound"]) Assert.Contains("a sentence encoder is wanted", Assert.Throws<ArgumentException>(() => EmbeddingModel.Load(name)).Message, StringComparison.Ordinal);
    }
}
