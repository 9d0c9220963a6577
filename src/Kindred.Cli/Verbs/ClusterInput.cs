using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Clustering;
using Kindred.Learning.Tables;
using Kindred.Store.Reading;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>What is clustered: texts by what they mean and the words they have, vectors as they are, or the numbers of a table, each column scaled to variance 1.</summary>
/// <param name="Name">The file.</param>
/// <param name="Rows">Rows to cluster; those of texts moved towards their nearest ones.</param>
/// <param name="Plain">The same rows unmoved, for maps and measures.</param>
/// <param name="Places">Where each stands in the file, from 0.</param>
/// <param name="Total">Rows of the file.</param>
/// <param name="Texts">The texts; null where there are none.</param>
/// <param name="Vectors">What the encoder gave for them.</param>
/// <param name="Classes">Values of the label column; null where none is named.</param>
/// <param name="Times">Values of the time column; null where none is named.</param>
internal sealed record ClusterInput(string Name, IReadOnlyList<ReadOnlyMemory<float>> Rows, IReadOnlyList<ReadOnlyMemory<float>> Plain, IReadOnlyList<int> Places, int Total, IReadOnlyList<string>? Texts, IReadOnlyList<ReadOnlyMemory<float>> Vectors, IReadOnlyList<string>? Classes, IReadOnlyList<string>? Times)
{
    public static Option<string> In { get; } = new("--in") { Description = "What to cluster: a table of texts (.tsv, .csv, .jsonl, .txt, gz of each, or - for standard input), vectors (.npy, .fvecs), a folder of pictures or sounds or a table with a column of their files, or a table of numbers.", Required = true };

    /// <param name="file">--in.</param>
    /// <param name="column">--text where the user named it.</param>
    /// <param name="label">The column of known classes.</param>
    /// <param name="time">The column of times.</param>
    /// <param name="model">--model.</param>
    /// <param name="cancel">Stops the work.</param>
    public static async Task<ClusterInput> ReadAsync(string file, string? column, string? label, string? time, string? model, CancellationToken cancel)
    {
        if (VectorFile.Names(file)) return OfVectors(file, label ?? time, cancel);
        using var table = InputTable.Open(file);
        var encoded = table.Encoded(column, model, columns: true, cancel);
        List<TableRow> rows = [.. table.Rows(cancel)];
        if (rows.Count == 0) throw new IOException($"{file}: there is no row to cluster");
        table.TellUnusable();
        int? of = label is null ? null : table.Column(label);
        string[]? classes = of is { } at ? [.. rows.Select(row => InputTable.Value(row, at))] : null;
        string[]? times = time is null ? null : TimesOf(table, rows, time);
        if (encoded is null) return OfNumbers(file, table, rows, of, classes);
        string[] texts = [.. rows.Select(encoded.Of)];
        using var encoder = encoded.Open(model);
        var vectors = await TableFile.EmbedAsync(encoder, texts, null, cancel, leave: (i, problem) => table.Leave(rows[i].Number, problem));
        if (encoded.Media is null)
        {
            var plain = TextFeatures.Combine(vectors, texts, cancel);
            return new ClusterInput(file, TextFeatures.Smooth(plain, cancel), plain, [.. Enumerable.Range(0, texts.Length)], texts.Length, texts, vectors, classes, times);
        }

        int[] kept = [.. Enumerable.Range(0, vectors.Count).Where(i => !vectors[i].IsEmpty)];
        Tell(file, rows.Count, kept, "name a file that cannot be read");
        ReadOnlyMemory<float>[] used = [.. kept.Select(i => vectors[i])];
        return new ClusterInput(file, used, used, kept, rows.Count, null, used, classes is null ? null : [.. kept.Select(i => classes[i])], times is null ? null : [.. kept.Select(i => times[i])]);
    }

    private static string[] TimesOf(InputTable table, List<TableRow> rows, string time)
    {
        int at = table.Column(time);
        string[] times = [.. rows.Select(row => InputTable.Value(row, at))];
        int blank = times.Count(string.IsNullOrWhiteSpace);
        if (blank > 0) Console.Error.WriteLine($"kindred: {blank} of {rows.Count} rows have no {time} and are left out of the course over time");

        // one slip among dates does not make names of all
        int[] odd = [.. Enumerable.Range(0, times.Length).Where(i => !string.IsNullOrWhiteSpace(times[i]) && DetectSeries.Time(times[i]) is null)];
        if (odd.Length == 0 || odd.Length * 2 >= times.Length - blank) return times;
        Console.Error.WriteLine(Output.Plain($"kindred: {odd.Length} of {rows.Count} rows hold no date or number in {time} and are left out of the course over time, such as row {rows[odd[0]].Number}: \"{times[odd[0]]}\""));
        foreach (int i in odd) times[i] = "";
        return times;
    }

    private static ClusterInput OfVectors(string file, string? label, CancellationToken cancel)
    {
        if (label is not null) throw new ArgumentException($"there is no column {label}: {file} holds vectors, which have no columns");
        var rows = VectorFile.Read(file, cancel);
        if (rows.Count == 0) throw new IOException($"{file}: there is no row to cluster");
        int[] kept = [.. Enumerable.Range(0, rows.Count).Where(i => Metric.IndexOfNonFinite(rows[i].Span) < 0)];
        Tell(file, rows.Count, kept, "hold a number that is not finite");
        ReadOnlyMemory<float>[] used = [.. kept.Select(i => rows[i])];
        return new ClusterInput(file, used, used, kept, rows.Count, null, used, null, null);
    }

    private static ClusterInput OfNumbers(string file, InputTable table, List<TableRow> rows, int? label, string[]? classes)
    {
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != label && rows.Select(row => InputTable.Value(row, c)) is var cells && cells.Any(IsFinite) && cells.All(cell => TableEncoder.IsMissing(cell) || IsNumber(cell, out _)))];
        if (columns.Length == 0) throw new ArgumentException($"{table.Name}: there is neither a column \"text\" nor one of numbers; name the texts' column with --text: {string.Join(", ", table.Columns.Take(20))}");
        string[] left = [.. table.Columns.Where((_, c) => c != label && !columns.Contains(c))];
        if (left.Length > 0) Console.Error.WriteLine($"kindred: columns that are not all numbers are left out: {string.Join(", ", left.Take(20))}");
        int[] kept = [.. Enumerable.Range(0, rows.Count).Where(i => columns.All(c => IsFinite(InputTable.Value(rows[i], c))))];
        Tell(file, rows.Count, kept, "lack a number, or a finite one,");
        var values = new float[kept.Length][];
        for (int i = 0; i < kept.Length; i++) values[i] = new float[columns.Length];
        for (int c = 0; c < columns.Length; c++)
        {
            double[] all = [.. kept.Select(i => IsNumber(InputTable.Value(rows[i], columns[c]), out double number) ? number : 0)];
            double mean = all.Average(), deviation = Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
            if (!double.IsFinite(deviation)) throw new FormatException($"{table.Name}: column {table.Columns[columns[c]]} holds numbers too large: scale them down");
            for (int i = 0; i < all.Length; i++) values[i][c] = deviation > 0 ? (float)((all[i] - mean) / deviation) : 0;
        }

        ReadOnlyMemory<float>[] used = [.. values.Select(v => new ReadOnlyMemory<float>(v))];
        return new ClusterInput(file, used, used, kept, rows.Count, null, used, classes is null ? null : [.. kept.Select(i => classes[i])], null);
    }

    private static void Tell(string file, int total, int[] kept, string why)
    {
        if (kept.Length == 0) throw new IOException($"{file}: all {total} rows {why}");
        if (kept.Length == total) return;
        int[] left = [.. Enumerable.Range(0, total).Except(kept)];
        Console.Error.WriteLine($"kindred: {left.Length} of {total} rows {why} and are in no cluster (-1): {RowNumbers.Of(left)}");
    }

    private static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static bool IsFinite(string text) => IsNumber(text, out double number) && double.IsFinite(number);
}
