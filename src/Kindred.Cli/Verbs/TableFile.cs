using System.CommandLine;
using Kindred.Models;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>--in: a table of texts.</summary>
internal static class TableFile
{
    /// <summary>Rows embedded in one call: enough to sort by length, few enough to show progress and to stop soon.</summary>
    public const int Batch = 512;

    /// <summary>The column of titles.</summary>
    public const string Title = "title";

    public static Option<string?> In { get; } = new("--in") { Description = "A table of texts: .tsv or .csv with a header, .jsonl, .txt (a text a line), gz of each, or - for standard input; a folder of pictures or sounds, or a table with a column of their files; map takes vectors too, .npy or .fvecs." };

    public static Option<string?> TextColumn { get; } = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column." };

    /// <param name="file">The table.</param>
    /// <param name="column">--text; null for text, and title before it.</param>
    /// <param name="model">--model; <see cref="Encoder.AnyOfTexts"/> where pictures and sounds will not do.</param>
    /// <param name="other">Another column that is wanted.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static (string[] Texts, string[] Others, MediaEncoder? Media) Read(string file, string? column, string? model, string? other, CancellationToken cancel)
    {
        using var table = InputTable.Open(file);
        var encoded = table.Encoded(column, model, columns: false, cancel)!;
        int? second = other is null ? null : table.Column(other);
        List<string> texts = [], others = [];
        foreach (var row in table.Rows(cancel))
        {
            texts.Add(encoded.Of(row));
            others.Add(second is { } at ? InputTable.Value(row, at) : "");
        }

        table.TellUnusable();
        return texts.Count > 0 ? ([.. texts], [.. others], encoded.Media) : throw new IOException($"{table.Name}: there is no row in it");
    }

    /// <summary>Vectors of many texts, or of the files that they name, with a bar; blank and cut ones are counted on stderr, and the places of cut ones put into a list that is given.</summary>
    /// <param name="encoder">Of texts or of files.</param>
    /// <param name="texts">The texts, or names.</param>
    /// <param name="dimensions">--dims.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <param name="cutAt">Receives the places of texts that were cut.</param>
    /// <param name="leave">Hears of each file that cannot be read, whose vector is then empty; null where each is needed.</param>
    /// <param name="layers">Receives what the encoder's layers say of each text, nothing where it has none.</param>
    public static async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IEmbeddingGenerator<string, Embedding<float>> encoder, IReadOnlyList<string> texts, int? dimensions, CancellationToken cancel, List<int>? cutAt = null, Action<int, string>? leave = null, List<ReadOnlyMemory<float>>? layers = null)
    {
        long cut = 0, unknown = 0;
        var vectors = await InBatchesAsync("embed", texts, encoder is MediaEncoder ? MediaEncoder.Batch : Batch, async (batch, all) =>
        {
            var options = new EmbeddingGenerationOptions { Dimensions = dimensions };
            var (embeddings, states) = layers is not null && encoder is EmbeddingModel model ? await model.GenerateWithLayersAsync(batch, options, cancel) : (await encoder.GenerateAsync(batch, options, cancel), null);
            if (states is not null) layers!.AddRange(states);
            cut += Truncation.Count(embeddings);
            if (embeddings.AdditionalProperties?.TryGetValue("unknown", out int without) == true) unknown += without;
            foreach (var embedding in embeddings)
            {
                if (embedding.AdditionalProperties?.ContainsKey("tokens") == true) cutAt?.Add(all.Count);
                if (embedding.AdditionalProperties?.TryGetValue("problem", out string? problem) == true) (leave ?? throw new IOException(problem))(all.Count, problem);
                all.Add(embedding.Vector);
            }
        });
        Truncation.Report(cut, texts.Count);
        int blank = encoder is MediaEncoder ? 0 : texts.Count(string.IsNullOrWhiteSpace);
        if (unknown > blank) await Console.Error.WriteLineAsync($"kindred: {unknown} of {Output.Count(texts.Count, "text")} {(unknown == 1 ? "holds no word that the model knows: its vector is" : "hold no word that the model knows: their vectors are")} zeros");
        if (blank > 0) await Console.Error.WriteLineAsync($"kindred: {blank} of {Output.Count(texts.Count, "text")} {(blank == 1 ? "is blank: it has" : "are blank: they all have")} the vector of the empty text");
        return vectors;
    }

    /// <summary>Vectors of many texts, with a bar and no word on them.</summary>
    /// <param name="what">What the bar says.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="size">How many are embedded in one call.</param>
    /// <param name="embed">Adds the vectors of some texts to those of the texts before them.</param>
    public static Task<List<ReadOnlyMemory<float>>> InBatchesAsync(string what, IReadOnlyList<string> texts, int size, Func<string[], List<ReadOnlyMemory<float>>, Task> embed) => ProgressBar.RunAsync(what, async show =>
    {
        var all = new List<ReadOnlyMemory<float>>(texts.Count);
        foreach (string[] batch in texts.Chunk(size))
        {
            await embed(batch, all);
            show(all.Count, texts.Count, "");
        }

        return all;
    });
}
