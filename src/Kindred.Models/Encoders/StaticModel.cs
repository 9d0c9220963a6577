using System.Text.Json;

namespace Kindred.Models.Encoders;

/// <summary>What says that a folder holds a static model: modules.json with StaticEmbedding in front, or model.safetensors and no network.</summary>
/// <param name="Folder">Where tokenizer and weights lie, relative to the model's folder.</param>
/// <param name="Normalize">Whether vectors have length 1.</param>
internal sealed record StaticModel(string Folder, bool Normalize)
{
    public const string Weights = "model.safetensors";

    /// <returns>Null for a folder that holds another kind of model.</returns>
    /// <exception cref="ModelFormatException">A file is broken, or names a module that cannot stand behind a static one.</exception>
    public static StaticModel? Find(string path)
    {
        string modules = Path.Combine(path, "modules.json"), config = Path.Combine(path, "config.json");
        bool normalize = false;
        string? folder = "";
        if (File.Exists(modules))
        {
            (folder, normalize) = Json.Read(modules, root => FromModules(modules, root));
            if (folder is null) return null;
        }
        else if (!File.Exists(Path.Combine(path, Weights)) || File.Exists(Path.Combine(path, "model.onnx")) || File.Exists(Path.Combine(path, "onnx", "model.onnx"))
            || !SafetensorsWeights.Read(Path.Combine(path, Weights), file => file.Has("embeddings")))
        {
            return null;
        }

        if (!File.Exists(Path.Combine(path, folder, Weights))) throw new ModelFormatException(Path.Combine(path, folder, Weights), "", "is missing");
        if (File.Exists(config)) normalize |= Json.Read(config, root => root.Flag(config, "normalize", false));
        return new StaticModel(folder, normalize);
    }

    private static (string? Folder, bool Normalize) FromModules(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() == 0) return (null, false);
        string[] kinds = [.. root.EnumerateArray().Select(module => module.Text(path, "type").Split('.')[^1])];
        if (kinds[0] != "StaticEmbedding") return (null, false);
        if (kinds.Length > 2 || (kinds.Length == 2 && kinds[1] != "Normalize"))
        {
            throw new ModelFormatException(path, "[1].type", $"{string.Join(", ", kinds[1..])} cannot stand behind StaticEmbedding; known is Normalize");
        }

        string folder = root[0].TextOrNull(path, "path") ?? "";
        if (Path.IsPathRooted(folder) || folder.Split('/', '\\').Contains("..")) throw new ModelFormatException(path, "path", $"{folder} leads out of the model folder");
        return (folder == "." ? "" : folder, kinds.Length == 2);
    }
}
