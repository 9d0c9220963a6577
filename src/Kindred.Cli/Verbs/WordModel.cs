using Kindred.Models;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>Which --model values name word vectors, and opening them.</summary>
internal static class WordModel
{
    public static bool Names(string model) => ModelCatalog.Find(model) is { } known ? known.Kind == ModelKind.Words : File.Exists(model);

    public static WordVectors Open(string? model) => model is null || ModelCatalog.Find(model) is { Kind: ModelKind.Words } ? WordVectors.Default : WordVectors.Open(model);
}
