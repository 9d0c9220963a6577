using System.IO.Compression;
using System.Text;

namespace Kindred.Words.Tests;

/// <summary>A folder for one test's files.</summary>
internal sealed class TempFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("kindred-words-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    internal string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    internal string WritePacked(string name, string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return Write(name, packed.ToArray());
    }
}
