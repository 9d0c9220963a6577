using Kindred.Store.Reading;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>What of a table is encoded.</summary>
/// <param name="At">The column.</param>
/// <param name="TitleAt">The column that is read before it; null for none.</param>
/// <param name="Media">What encodes the files that it names; null where it holds texts.</param>
internal sealed record EncodedColumn(int At, int? TitleAt, MediaEncoder? Media)
{
    /// <summary>A row's text with its title, where there is one, before it as a sentence of its own; or the name of its file.</summary>
    public string Of(TableRow row)
    {
        string title = TitleAt is { } at ? InputTable.Value(row, at) : "", text = InputTable.Value(row, At);
        return string.IsNullOrWhiteSpace(title) ? text : string.IsNullOrWhiteSpace(text) ? title : char.IsPunctuation(title.AsSpan().TrimEnd()[^1]) ? $"{title.TrimEnd()} {text}" : $"{title.TrimEnd()}. {text}";
    }

    /// <summary>The encoder: of texts the one that --model names.</summary>
    public IEmbeddingGenerator<string, Embedding<float>> Open(string? model) => Media ?? Encoder.OpenTexts(model);
}
