using System.IO.Compression;

namespace Kindred.Models.Tests.Encoders;

/// <summary>Questions and the paragraphs that answer them.</summary>
internal static class Xquad
{
    public static List<(string Document, string Text)> Questions()
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Find("data/xquad/queries-dev.tsv.gz")), CompressionMode.Decompress));
        reader.ReadLine();
        var questions = new List<(string, string)>();
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split('\t');
            questions.Add((columns[1], columns[2]));
        }

        return questions;
    }
}
