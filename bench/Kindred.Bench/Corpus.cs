using System.IO.Compression;
using System.Text.Json;

namespace Kindred.Bench;

/// <summary>Real texts of mixed lengths in a fixed random order: half short sentences (STS-B), a quarter questions (banking77), a quarter paragraphs (XQuAD).</summary>
internal static class Corpus
{
    public static string[] Mixed(int count)
    {
        string[] sentences = [.. File.ReadLines(Places.Data("sts-benchmark/dev.tsv")).Skip(1).Select(l => l.Split('\t')[1])];
        string[] questions = [.. Packed(Places.Data("banking77/train.tsv.gz")).Skip(1).Select(l => l.Split('\t')[1])];
        string[] paragraphs = [.. File.ReadLines(Places.Data("xquad/docs.jsonl")).Select(Paragraph)];
        var random = new Random(4);
        foreach (string[] part in new[] { sentences, questions, paragraphs }) random.Shuffle(part);
        string[] mixed = [.. sentences.Take(count / 2), .. questions.Take(count / 4), .. paragraphs.Take(count - (count / 2) - (count / 4))];
        random.Shuffle(mixed);
        return mixed;
    }

    private static string Paragraph(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("text").GetString()!;
    }

    private static IEnumerable<string> Packed(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line) yield return line;
    }
}
