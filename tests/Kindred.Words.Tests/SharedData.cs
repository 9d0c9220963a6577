namespace Kindred.Words.Tests;

/// <summary>Finds what lies beside the clone: real data, and the repository itself.</summary>
internal static class SharedData
{
    /// <summary>A file of the shared folder; the test is skipped where there is none.</summary>
    internal static string File(string name)
    {
        string? root = Above(Path.Combine("shared", "design", "architecture.md"));
        Assert.SkipWhen(root is null, "shared test data is not here");
        return Path.Combine(root!, "shared", name);
    }

    /// <summary>A file of the repository.</summary>
    internal static string Repository(string name) => Path.Combine(Above("Kindred.slnx") ?? throw new InvalidOperationException("not run inside the repository"), name);

    private static string? Above(string mark)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, mark))) folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
