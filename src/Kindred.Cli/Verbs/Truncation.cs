using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Tells the user when texts were longer than the model reads.</summary>
internal static class Truncation
{
    public static void Report(GeneratedEmbeddings<Embedding<float>> embeddings)
    {
        if (embeddings.AdditionalProperties?.TryGetValue("truncated", out int cut) == true && cut > 0)
            Console.Error.WriteLine($"kindred: {cut} of {embeddings.Count} texts were longer than the model reads and were cut");
    }
}
