using Kindred.Models;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>Which --model values name word vectors, and opening them.</summary>
internal static class WordModel
{
    public static bool Names(string model) => ModelCatalog.Find(model) is { } known ? known.Kind == ModelKind.Words : File.Exists(model);

    public static WordVectors Open(string? model)
    {
        if (model is null || ModelCatalog.Find(model) is { Kind: ModelKind.Words }) return WordVectors.Default;
        if (!File.Exists(model)) throw new FileNotFoundException($"{model}: no word vectors of that name and no such file; `kindred model list` names those there are");
        return WordVectors.Open(model);
    }
}
