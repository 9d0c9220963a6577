namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>The files people wrote, as they lie on the disk the tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] Made = ["bin", "obj", "artifacts", "node_modules", "TestResults", "shared"];

    public static string Root { get; } = FindRoot();

    /// <summary>All files but those that tools make, relative to the root with '/', in order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk("").Order(StringComparer.Ordinal)];

    /// <summary>The C# files of the rooms.</summary>
    public static IEnumerable<string> Sources => Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kindred.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no Kindred.slnx above {AppContext.BaseDirectory}");
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var entry in new DirectoryInfo(Path.Combine(Root, folder)).EnumerateFileSystemInfos())
        {
            string path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
            if (entry is FileInfo)
            {
                if (entry.Name != ".git") yield return path;   // a file in a work tree
            }
            else if (entry.LinkTarget is null && entry.Name != ".git" && !Made.Contains(entry.Name))
            {
                foreach (string file in Walk(path)) yield return file;
            }
        }
    }
}
