using System.IO.Compression;

namespace Kindred.EndToEnd.Tests;

/// <summary>The real data sets beside the checkout.</summary>
internal static class SharedData
{
    public static string Path(params string[] parts) => SharedFolder.At(["data", .. parts]);

    /// <summary>The lines of a packed table.</summary>
    public static async Task<string[]> LinesAsync(params string[] parts)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path(parts)), CompressionMode.Decompress));
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
