using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Tells the user when texts were longer than the model reads.</summary>
internal static class Truncation
{
    public static int Count(GeneratedEmbeddings<Embedding<float>> embeddings) =>
        embeddings.AdditionalProperties?.TryGetValue("truncated", out int cut) == true ? cut : 0;

    public static void Report(long cut, int of)
    {
        if (cut > 0) Console.Error.WriteLine($"kindred: {cut} of {Output.Count(of, "text")} {(cut == 1 ? "was longer than the model reads and was" : "were longer than the model reads and were")} cut");
    }

    public static void Report(GeneratedEmbeddings<Embedding<float>> embeddings) => Report(Count(embeddings), embeddings.Count);
}
