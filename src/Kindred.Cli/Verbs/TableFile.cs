using System.CommandLine;
using Kindred.Models;
using Kindred.Store.Reading;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>--in: a table of texts.</summary>
internal static class TableFile
{
    /// <summary>Rows embedded in one call: enough to sort by length, few enough to show progress and to stop soon.</summary>
    private const int Batch = 512;

    /// <summary>The column of titles.</summary>
    public const string Title = "title";

    public static Option<string?> In { get; } = new("--in") { Description = "A table of texts: .tsv or .csv with a header, .jsonl, .txt (a text a line), gz of each, or - for standard input; a folder of pictures or sounds, or a table with a column of their files; map takes vectors too, .npy or .fvecs." };

    public static Option<string?> TextColumn { get; } = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column." };

    /// <param name="file">The table, or where files of pictures or sounds will do a folder of them.</param>
    /// <param name="column">--text; null for text, and title before it.</param>
    /// <param name="other">Another column that is wanted.</param>
    /// <param name="files">Whether names of pictures or sounds will do.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static IEnumerable<(string Text, string? Other)> Read(string file, string? column, string? other, bool files, CancellationToken cancel)
    {
        if (VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors; a table of texts is wanted here");
        using var table = files ? MediaEncoder.Open(file) : TableReader.Open(file);
        int? text = null, title = null, second = null;
        foreach (var row in table.Rows(cancel))
        {
            if (text is null)
            {
                bool named = files && column is null && !table.HasColumn("text") && table.HasColumn(MediaEncoder.Column) && MediaEncoder.For(file, null, MediaEncoder.Column, DetectTable.Value(row, table.Column(MediaEncoder.Column))) is not null;
                text = table.Column(named ? MediaEncoder.Column : column ?? "text");
                title = column is null && !named && table.HasColumn(Title) ? table.Column(Title) : null;
                if (other is not null) second = table.Column(other);
            }

            yield return (Text(row, title, text.Value), second is { } at ? DetectTable.Value(row, at) : null);
        }

        if (text is null) table.Column(column ?? "text");
        if (table.LinesNotUtf8 > 0) Console.Error.WriteLine($"kindred: {table.LinesNotUtf8} lines of {table.Name} are not UTF-8 and were read as Latin-1");
    }

    /// <summary>A row's text with its title, where there is one, before it as a sentence of its own.</summary>
    public static string Text(TableRow row, int? titleAt, int textAt)
    {
        string title = titleAt is { } at ? DetectTable.Value(row, at) : "", text = DetectTable.Value(row, textAt);
        return string.IsNullOrWhiteSpace(title) ? text : string.IsNullOrWhiteSpace(text) ? title : char.IsPunctuation(title.AsSpan().TrimEnd()[^1]) ? $"{title.TrimEnd()} {text}" : $"{title.TrimEnd()}. {text}";
    }

    /// <summary>Vectors of many texts, with a bar; blank and cut ones are counted on stderr, and the places of cut ones put into a list that is given.</summary>
    public static async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IEmbeddingGenerator<string, Embedding<float>> encoder, IReadOnlyList<string> texts, int? dimensions, CancellationToken cancel, List<int>? cutAt = null) =>
        (await EmbedAsync(encoder, texts, async batch => (await encoder.GenerateAsync(batch, new EmbeddingGenerationOptions { Dimensions = dimensions }, cancel), null), cutAt)).Vectors;

    /// <summary>The same with the encoder's layers, null where it has none.</summary>
    public static Task<(IReadOnlyList<ReadOnlyMemory<float>> Vectors, IReadOnlyList<ReadOnlyMemory<float>>? Layers)> EmbedWithLayersAsync(EmbeddingModel encoder, IReadOnlyList<string> texts, CancellationToken cancel) =>
        EmbedAsync(encoder, texts, batch => encoder.GenerateWithLayersAsync(batch, null, cancel), null);

    private static async Task<(IReadOnlyList<ReadOnlyMemory<float>> Vectors, IReadOnlyList<ReadOnlyMemory<float>>? Layers)> EmbedAsync(
        IEmbeddingGenerator<string, Embedding<float>> encoder, IReadOnlyList<string> texts, Func<string[], Task<(GeneratedEmbeddings<Embedding<float>> Embeddings, IReadOnlyList<ReadOnlyMemory<float>>? Layers)>> embed, List<int>? cutAt)
    {
        long cut = 0, unknown = 0;
        List<ReadOnlyMemory<float>>? layers = null;
        var vectors = await ProgressBar.RunAsync("embed", async show =>
        {
            var all = new List<ReadOnlyMemory<float>>(texts.Count);
            foreach (string[] batch in texts.Chunk(encoder is MediaEncoder ? MediaEncoder.Batch : Batch))
            {
                var (embeddings, states) = await embed(batch);
                if (states is not null) (layers ??= []).AddRange(states);
                cut += Truncation.Count(embeddings);
                if (embeddings.AdditionalProperties?.TryGetValue("unknown", out int without) == true) unknown += without;
                cutAt?.AddRange(embeddings.Index().Where(e => e.Item.AdditionalProperties?.ContainsKey("tokens") == true).Select(e => all.Count + e.Index));
                all.AddRange(embeddings.Select(e => e.Vector));
                show(all.Count, texts.Count, "");
            }

            return all;
        });
        Truncation.Report(cut, texts.Count);
        int blank = texts.Count(string.IsNullOrWhiteSpace);
        if (unknown > blank) await Console.Error.WriteLineAsync($"kindred: {unknown} of {texts.Count} texts hold no word that the model knows: their vectors are zeros");
        if (blank > 0) await Console.Error.WriteLineAsync($"kindred: {blank} of {texts.Count} texts are blank: they all have the vector of the empty text");
        return (vectors, layers);
    }
}
