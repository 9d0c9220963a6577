namespace Kindred.Bench;

/// <summary>Finds the repository and the data beside it, from the folder of the program upwards.</summary>
internal static class Places
{
    public static string Repository { get; } = Above("Kindred.slnx", "the repository");

    public static string Data(string name) => Path.Combine(Above(Path.Combine("shared", "design", "architecture.md"), "the folder \"shared\""), "shared", "data", name);

    private static string Above(string file, string what)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, file))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"{what} does not lie above {AppContext.BaseDirectory}");
    }
}
