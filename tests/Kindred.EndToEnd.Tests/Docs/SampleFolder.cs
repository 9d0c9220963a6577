using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>A new folder with the files that the guides speak of; removed in the end.</summary>
internal sealed class SampleFolder : IDisposable
{
    private const string Samples = "tests/Kindred.EndToEnd.Tests/Docs/samples/";

    public SampleFolder()
    {
        Path = Directory.CreateTempSubdirectory("kindred-guide-").FullName;
        foreach (string file in Repository.Files.Where(f => f.StartsWith(Samples, StringComparison.Ordinal)))
        {
            string copy = System.IO.Path.Combine(Path, file[Samples.Length..]);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(System.IO.Path.Combine(Repository.Root, file), copy);
        }
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
