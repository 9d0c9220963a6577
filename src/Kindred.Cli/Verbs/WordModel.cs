using Kindred.Models;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>Which --model values name word vectors, and opening them.</summary>
internal static class WordModel
{
    public static bool Names(string model) => model is "glove" || (File.Exists(model) && ModelCatalog.Find(model) is null);

    public static WordVectors Open(string? model) => model is null or "glove" ? WordVectors.Default : WordVectors.Open(model);
}
