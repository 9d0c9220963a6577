using Kindred.Models;
using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>Which --model values name word vectors, and opening them.</summary>
internal static class WordModel
{
    public static bool Names(string model) => ModelCatalog.Find(model) is { } known ? known.Kind == ModelKind.Words : File.Exists(model);

    public static WordVectors Open(string? model)
    {
        if (model is null) return WordVectors.Default;
        if (ModelCatalog.Find(model) is { } known)
            return known.Kind == ModelKind.Words ? WordVectors.Default : throw new ArgumentException($"--model {model} is a sentence encoder; word vectors are wanted here: glove or a file of them");
        if (!Path.Exists(model)) throw new ArgumentException($"--model {model}: neither a model's name nor a file; `kindred model list` names the models");
        return WordVectors.Open(model);
    }
}
