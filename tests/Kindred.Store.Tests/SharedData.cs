using System.IO.Compression;
using System.Text.Json;

namespace Kindred.Store.Tests;

/// <summary>Real texts from the data that lies beside the clone.</summary>
internal static class SharedData
{
    /// <summary>The documents of a retrieval collection; the test is skipped where the data is not there.</summary>
    public static IReadOnlyList<(string Title, string Text)> Texts(string collection)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "shared", "design", "architecture.md"))) folder = Path.GetDirectoryName(folder);
        Assert.SkipWhen(folder is null, "shared test data is not here");
        string path = Path.Combine(folder!, "shared", "data", collection, "docs.jsonl");
        using Stream stream = File.Exists(path) ? File.OpenRead(path) : new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        var texts = new List<(string, string)>();
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            texts.Add((json.RootElement.GetProperty("title").GetString()!, json.RootElement.GetProperty("text").GetString()!));
        }
        return texts;
    }
}
