using System.IO.Compression;
using System.Text.Json;

namespace Kindred.Store.Tests;

/// <summary>Real texts from the data that lies beside the clone.</summary>
internal static class SharedData
{
    /// <summary>The documents of a retrieval collection; the test is skipped where the data is not there.</summary>
    public static IReadOnlyList<(string Title, string Text)> Texts(string collection)
    {
        var texts = new List<(string, string)>();
        foreach (string line in Lines(collection, File.Exists(SharedFolder.At("data", collection, "docs.jsonl")) ? "docs.jsonl" : "docs.jsonl.gz"))
        {
            using var json = JsonDocument.Parse(line);
            texts.Add((json.RootElement.GetProperty("title").GetString()!, json.RootElement.GetProperty("text").GetString()!));
        }
        return texts;
    }

    /// <summary>The lines of a file, packed or not.</summary>
    public static IEnumerable<string> Lines(string collection, string file)
    {
        using Stream raw = File.OpenRead(SharedFolder.At("data", collection, file)), stream = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
