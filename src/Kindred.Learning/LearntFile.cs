using Kindred.Vectors.Files;

namespace Kindred.Learning;

/// <summary>Opens what a verb's fit wrote, and says of another file that it is not that.</summary>
internal static class LearntFile
{
    private const string Prefix = "kindred.";

    /// <summary>What a file of kindred.KIND is made with: kindred VERB fit.</summary>
    private static readonly Dictionary<string, string> Verbs = new(StringComparer.Ordinal) { ["classifier"] = "classify", ["detector"] = "detect", ["recommender"] = "recommend" };

    /// <param name="path">The file.</param>
    /// <param name="format">The format that is wanted: that of a classifier, a detector or a recommender.</param>
    /// <param name="version">The version that can be read.</param>
    /// <exception cref="VectorFileException">It is something else, or damaged.</exception>
    public static SafetensorsFile Open(string path, string format, string version)
    {
        if (!HasHeader(path)) throw Not("");
        var file = SafetensorsFile.Open(path);
        try
        {
            string found = file.Metadata.GetValueOrDefault("format", "");
            if (found != format) throw Not(Verbs.Keys.FirstOrDefault(kind => found == Prefix + kind) is { } other ? $"this is a {other}, " : "");
            if (file.Metadata.GetValueOrDefault("version", "") is var said && said != version) throw new VectorFileException(path, 8, $"version {(said.Length == 0 ? "is missing" : said)}: this program reads {version}");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        VectorFileException Not(string instead)
        {
            string kind = format[Prefix.Length..];
            return new VectorFileException(path, 0, $"{instead}not a {kind} that `kindred {Verbs[kind]} fit` wrote");
        }
    }

    /// <summary>Eight bytes of length, then JSON.</summary>
    private static bool HasHeader(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[9];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[8] == (byte)'{';
    }
}
