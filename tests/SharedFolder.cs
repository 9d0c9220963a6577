namespace Kindred;

/// <summary>The folder of real data beside the checkout; a test that needs it is skipped where it is not.</summary>
internal static class SharedFolder
{
    /// <summary>A file or folder in it.</summary>
    public static string At(params string[] parts)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "shared", "design", "architecture.md"))) root = Path.GetDirectoryName(root);
        Assert.SkipWhen(root is null, "shared test data is not here");
        return Path.Combine([root!, "shared", .. parts]);
    }
}
