namespace Kindred.Words.Tests;

/// <summary>Finds what lies beside the clone: real data, and the repository itself.</summary>
internal static class SharedData
{
    /// <summary>A file of the shared folder; the test is skipped where there is none.</summary>
    internal static string File(string name) => SharedFolder.At(name);

    /// <summary>A file of the repository.</summary>
    internal static string Repository(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Kindred.slnx"))) folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder ?? throw new InvalidOperationException("not run inside the repository"), name);
    }
}
