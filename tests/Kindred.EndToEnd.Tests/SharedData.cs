namespace Kindred.EndToEnd.Tests;

/// <summary>The real data sets beside the checkout; a test that needs one is skipped where they are not.</summary>
internal static class SharedData
{
    public static string Path(params string[] parts)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !System.IO.Path.Exists(In(root))) root = System.IO.Path.GetDirectoryName(root);
        Assert.SkipWhen(root is null, "shared test data is not here");
        return In(root!);

        string In(string folder) => System.IO.Path.Combine([folder, "shared", "data", .. parts]);
    }

    /// <summary>The lines of a packed table.</summary>
    public static async Task<string[]> LinesAsync(params string[] parts)
    {
        using var reader = new StreamReader(new System.IO.Compression.GZipStream(File.OpenRead(Path(parts)), System.IO.Compression.CompressionMode.Decompress));
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
