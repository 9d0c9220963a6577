using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Classification;
using Kindred.Learning.Clustering;
using Kindred.Learning.Tables;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>What is clustered: texts by what they mean and the words they have, vectors as they are, or the numbers of a table, each column scaled to variance 1.</summary>
/// <param name="Name">What messages call the file.</param>
/// <param name="Rows">Rows to cluster; those of texts moved towards their nearest ones.</param>
/// <param name="Plain">The same rows unmoved, for maps and measures.</param>
/// <param name="Places">Where each stands in the file, from 0.</param>
/// <param name="Total">Rows of the file.</param>
/// <param name="Texts">The texts; null where there are none.</param>
/// <param name="Vectors">What the encoder gave for them.</param>
/// <param name="Classes">Values of the label column; null where none is named.</param>
/// <param name="Times">Values of the time column; null where none is named.</param>
/// <param name="Unusable">How many rows cannot be used.</param>
internal sealed record ClusterInput(string Name, IReadOnlyList<ReadOnlyMemory<float>> Rows, IReadOnlyList<ReadOnlyMemory<float>> Plain, IReadOnlyList<int> Places, int Total, IReadOnlyList<string>? Texts, IReadOnlyList<ReadOnlyMemory<float>> Vectors, IReadOnlyList<string>? Classes, IReadOnlyList<string>? Times, long Unusable)
{
    private const string InNone = "in no cluster (-1)";

    public static Option<string> In { get; } = new("--in") { Description = "What to cluster: a table of texts (.tsv, .csv, .jsonl, .txt, gz of each, or - for standard input), vectors (.npy, .fvecs), a folder of pictures or sounds or a table with a column of their files, or a table of numbers.", Required = true };

    /// <param name="file">--in.</param>
    /// <param name="column">--text where the user named it.</param>
    /// <param name="label">The column of known classes.</param>
    /// <param name="time">The column of times.</param>
    /// <param name="model">--model.</param>
    /// <param name="withLayers">Whether texts are also told apart by a layer of their encoder: for clusters around a middle, not for dense ones.</param>
    /// <param name="cancel">Stops the work.</param>
    public static async Task<ClusterInput> ReadAsync(string file, string? column, string? label, string? time, string? model, bool withLayers, CancellationToken cancel)
    {
        if (VectorFile.Names(file)) return OfVectors(file, label ?? time, cancel);
        string name = Usage.Named(file);
        var unusable = new UnusableRows(file, InNone);
        using var table = InputTable.Open(file, unusable);
        var encoded = table.Encoded(column, model, columns: true, cancel);
        List<TableRow> rows = [.. table.Rows(cancel)];
        if (rows.Count == 0) throw new IOException($"{name}: there is no row to cluster");
        int? of = label is null ? null : table.Column(label);
        string[]? classes = of is { } at ? [.. rows.Select(row => InputTable.Value(row, at))] : null;
        string[]? times = time is null ? null : TimesOf(table, rows, time);
        if (encoded is null) return OfNumbers(name, table, rows, of, classes);
        string[] texts = [.. rows.Select(encoded.Of)];
        int[] there = [.. Enumerable.Range(0, texts.Length).Where(i => encoded.Media is not null || !string.IsNullOrWhiteSpace(texts[i]))];
        foreach (int i in Enumerable.Range(0, texts.Length).Except(there)) unusable.Add(rows[i].Number, "the text is blank");
        using var encoder = encoded.Open(model);
        var states = withLayers && encoded.Media is null && there.Length <= Classifier.MostLayerRows ? new List<ReadOnlyMemory<float>>() : null;
        var vectors = await TableFile.EmbedAsync(encoder, [.. there.Select(i => texts[i])], null, cancel, leave: (i, problem) => unusable.Add(rows[there[i]].Number, problem), layers: states);
        int[] kept = [.. there.Where((_, i) => !vectors[i].IsEmpty)];
        table.TellUnusable();
        if (kept.Length == 0) throw NoRow(name);
        ReadOnlyMemory<float>[] used = [.. vectors.Where(v => !v.IsEmpty)];
        string[]? said = encoded.Media is null ? [.. kept.Select(i => texts[i])] : null;
        var plain = said is null ? used : TextFeatures.Combine(used, said, states is { Count: > 0 } ? states : null, cancel);
        return new ClusterInput(name, said is null ? used : TextFeatures.Smooth(plain, cancel), plain, kept, rows.Count, said, used, Kept(classes, kept), Kept(times, kept), unusable.Count);
    }

    /// <summary>Of labels of all rows those of the rows that are clustered.</summary>
    public int[] Of(IReadOnlyList<int> labels) => [.. Places.Select(place => labels[place])];

    private static string[]? Kept(string[]? values, IReadOnlyList<int> kept) => values is null ? null : [.. kept.Select(i => values[i])];

    private static IOException NoRow(string name) => new($"{name}: there is no row that can be used");

    private static string[] TimesOf(InputTable table, List<TableRow> rows, string time)
    {
        int at = table.Column(time);
        string[] times = [.. rows.Select(row => InputTable.Value(row, at))];
        bool dayFirst = SlashDates.LookAt(table.Name, table.Columns[at], times);
        for (int i = 0; i < times.Length; i++) times[i] = SlashDates.Read(times[i], dayFirst);
        int blank = times.Count(string.IsNullOrWhiteSpace);
        if (blank > 0) Console.Error.WriteLine($"kindred: {blank} of {Output.Count(rows.Count, "row")} {(blank == 1 ? $"has no {time} and is" : $"have no {time} and are")} left out of the course over time");

        // one slip among dates does not make names of all
        int[] odd = [.. Enumerable.Range(0, times.Length).Where(i => !string.IsNullOrWhiteSpace(times[i]) && DetectSeries.Time(times[i]) is null)];
        if (odd.Length == 0 || odd.Length * 2 >= times.Length - blank) return times;
        Console.Error.WriteLine(Output.Plain($"kindred: {odd.Length} of {rows.Count} rows {(odd.Length == 1 ? $"holds no date or number in {time} and is" : $"hold no date or number in {time} and are")} left out of the course over time, such as row {rows[odd[0]].Number}: \"{times[odd[0]]}\""));
        foreach (int i in odd) times[i] = "";
        return times;
    }

    private static ClusterInput OfVectors(string file, string? label, CancellationToken cancel)
    {
        if (label is not null) throw new ArgumentException($"there is no column {label}: {file} holds vectors, which have no columns");
        var unusable = new UnusableRows(file, InNone);
        var (rows, places) = VectorFile.ReadUsable(file, unusable, cancel);
        return rows.Count > 0 ? new ClusterInput(file, rows, rows, places, rows.Count + (int)unusable.Count, null, rows, null, null, unusable.Count) : throw new IOException($"{file}: there is no row to cluster");
    }

    private static ClusterInput OfNumbers(string name, InputTable table, List<TableRow> rows, int? label, string[]? classes)
    {
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != label && TableEncoder.IsNumeric(rows.Select(row => InputTable.Value(row, c))))];
        CheckCommas(table, [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != label && !columns.Contains(c))], rows);
        if (columns.Length == 0) throw new ArgumentException($"{table.Name}: there is neither a column \"text\" nor one of numbers; name the texts' column with --text: {string.Join(", ", table.Columns.Take(20))}");
        string[] left = [.. table.Columns.Where((_, c) => c != label && !columns.Contains(c))];
        if (left.Length > 0) Console.Error.WriteLine($"kindred: columns that do not hold numbers are left out: {string.Join(", ", left.Take(20))}");
        List<int> kept = [];
        foreach (var (i, row) in rows.Index())
        {
            int wrong = Array.FindIndex(columns, c => !IsFinite(InputTable.Value(row, c)));
            if (wrong < 0) kept.Add(i);
            else table.Unusable.Add(row.Number, InputTable.Value(row, columns[wrong]) is var value && TableEncoder.IsMissing(value) ? $"column {table.Columns[columns[wrong]]} is missing" : $"column {table.Columns[columns[wrong]]} holds \"{value}\", where a finite number is wanted");
        }

        table.TellUnusable();
        if (kept.Count == 0) throw NoRow(name);
        var values = new float[kept.Count][];
        for (int i = 0; i < kept.Count; i++) values[i] = new float[columns.Length];
        for (int c = 0; c < columns.Length; c++)
        {
            double[] all = [.. kept.Select(i => IsNumber(InputTable.Value(rows[i], columns[c]), out double number) ? number : 0)];
            double mean = all.Average(), deviation = Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
            if (!double.IsFinite(deviation)) throw new FormatException($"{table.Name}: column {table.Columns[columns[c]]} holds numbers too large: scale them down");
            for (int i = 0; i < all.Length; i++) values[i][c] = deviation > 0 ? (float)((all[i] - mean) / deviation) : 0;
        }

        ReadOnlyMemory<float>[] used = [.. values.Select(v => new ReadOnlyMemory<float>(v))];
        return new ClusterInput(name, used, used, kept, rows.Count, null, used, Kept(classes, kept), null, table.Unusable.Count);
    }

    /// <summary>Numbers with commas are no names, and are not passed over as such.</summary>
    public static void CheckCommas(InputTable table, int[] columns, IReadOnlyList<TableRow> rows)
    {
        foreach (int c in columns)
            if (TableEncoder.NumberWithComma(rows.Select(row => InputTable.Value(row, c))) is { } comma)
                throw new FormatException($"{table.Name}: column {table.Columns[c]} holds numbers with commas, such as \"{SearchVerb.Shorten(comma, 40)}\": write a point before the decimals, and nothing between thousands");
    }

    private static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static bool IsFinite(string text) => IsNumber(text, out double number) && double.IsFinite(number);
}
