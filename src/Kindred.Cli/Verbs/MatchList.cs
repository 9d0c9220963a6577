using Kindred.Learning.Duplicates;

namespace Kindred.Cli.Verbs;

/// <summary>A list of texts or vectors to match; what cannot be compared is left out and told.</summary>
/// <param name="Name">The file.</param>
/// <param name="Rows">Where each stands in the file, from 0.</param>
/// <param name="Texts">The texts; null where the file holds vectors.</param>
internal sealed record MatchList(string Name, IReadOnlyList<int> Rows, IReadOnlyList<string>? Texts)
{
    public IReadOnlyList<ReadOnlyMemory<float>> Vectors { get; private set; } = [];

    /// <summary>How many rows cannot be used.</summary>
    public long Unusable { get; private init; }

    /// <param name="file">A table or vectors.</param>
    /// <param name="column">--text; null for text, and title before it.</param>
    /// <param name="copies">Whether rows that repeat others exactly count.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static MatchList Read(string file, string? column, bool copies, CancellationToken cancel)
    {
        string name = Usage.Named(file);
        string[]? texts = VectorFile.Names(file) ? null : TableFile.Read(file, column, Encoder.AnyOfTexts, null, cancel).Texts;
        IReadOnlyList<ReadOnlyMemory<float>> vectors = texts is null ? VectorFile.ReadUnchecked(file, cancel) : [];
        int total = texts?.Length ?? vectors.Count;
        if (total == 0) throw new IOException($"{name}: there is no row in it");
        var exact = new DuplicateOptions { Near = null, Meaning = null };
        var found = texts is null ? Deduplication.Find(vectors, exact, null, cancel) : Deduplication.Find(texts, null, exact, null, cancel);
        int[] rows = [.. (copies ? Enumerable.Range(0, total) : found.Kept).Except(found.Unusable)];
        if (rows.Length == 0) throw new IOException($"{name}: {(total == 1 ? "its only row is" : $"all {total} rows are")} {(texts is null ? "zero, or not finite" : "blank")}");
        var unusable = new UnusableRows(file);
        foreach (int row in found.Unusable) unusable.Add(row + 1, texts is null ? "the vector is zero, or not finite" : "the text is blank");
        unusable.Tell();
        if (!copies && found.Duplicates.Count > 0) Console.Error.WriteLine($"kindred: {found.Duplicates.Count} of {total} rows of {name} {(found.Duplicates.Count == 1 ? "repeats another exactly and is" : "repeat others exactly and are")} left out: `kindred dedupe` lists them");
        return new MatchList(name, rows, texts is null ? null : [.. rows.Select(row => texts[row])]) { Unusable = unusable.Count, Vectors = texts is null ? [.. rows.Select(row => vectors[row])] : [] };
    }

    /// <summary>Makes the vectors of those lists that are texts.</summary>
    public static async Task EmbedAsync(IReadOnlyList<MatchList> lists, string? model, CancellationToken cancel)
    {
        if (lists.All(list => list.Texts is null)) return;
        using var encoder = Encoder.OpenTexts(model);
        foreach (var list in lists)
            if (list.Texts is { } texts) list.Vectors = await TableFile.EmbedAsync(encoder, texts, null, cancel);
    }
}
