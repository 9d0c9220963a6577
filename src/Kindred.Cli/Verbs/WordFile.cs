using Kindred.Words;

namespace Kindred.Cli.Verbs;

/// <summary>Which form a file of word vectors is written in.</summary>
internal static class WordFile
{
    private static readonly (string Name, WordVectorFormat Format)[] Formats =
    [
        ("kwv", WordVectorFormat.Kwv), ("word2vec", WordVectorFormat.Word2VecText), ("word2vec-binary", WordVectorFormat.Word2VecBinary),
        ("glove", WordVectorFormat.GloVe), ("fasttext", WordVectorFormat.FastText), ("safetensors", WordVectorFormat.Safetensors),
    ];

    public static string[] Names { get; } = [.. Formats.Select(f => f.Name)];

    public static string Name(WordVectorFormat format) => Formats.Single(f => f.Format == format).Name;

    /// <summary>The form that a name says, or else the ending of a path.</summary>
    /// <exception cref="ArgumentException">Neither says it.</exception>
    public static WordVectorFormat Of(string path, string? name, bool subwords) => name is not null ? Formats.Single(f => f.Name == name).Format : Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".KWV" => WordVectorFormat.Kwv,
        ".VEC" or ".TXT" => WordVectorFormat.Word2VecText,
        ".BIN" => subwords ? WordVectorFormat.FastText : WordVectorFormat.Word2VecBinary,
        ".SAFETENSORS" => WordVectorFormat.Safetensors,
        _ => throw new ArgumentException($"{path}: its ending does not say the form; .kwv, .vec, .txt, .bin or .safetensors is wanted, or --format: {string.Join(", ", Names)}"),
    };

    /// <summary>Writes vectors, and says when their n-grams stay behind.</summary>
    public static void Write(WordVectors words, string path, WordVectorFormat format)
    {
        words.Export(path, format);
        if (words.HasSubwords && format != WordVectorFormat.FastText) Console.Error.WriteLine($"kindred: {path} has the listed words alone; the n-grams that give vectors to others fit only --format fasttext");
    }
}
