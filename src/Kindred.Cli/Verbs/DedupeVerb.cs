using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Duplicates;
using Kindred.Store.Reading;
using Kindred.Vectors.Files;

namespace Kindred.Cli.Verbs;

internal static class DedupeVerb
{
    private static readonly Option<string> In = new("--in") { Description = "Where duplicates are looked for: a table of texts (.tsv, .csv, .jsonl, .txt, gz of each, or - for standard input), or vectors (.npy, .fvecs).", Required = true };
    private static readonly Option<string?> Method = new("--method") { Description = "exact: equal but for case, white space and forms of one letter; near: the most letters in common as well; meaning: the same meaning as well. When left out all three." };
    private static readonly Option<double?> Threshold = new("--threshold") { Description = "How alike, above 0 to 1: for near the share of pieces of five letters that two texts have in common (0.8), for meaning the cosine (0.95).", CustomParser = Usage.Likeness };
    private static readonly Option<string?> Out = new("--out") { Description = "Write the file without its duplicates, in the same format with all columns; the first row of each group stays." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("exact", "near", "meaning");
        var verb = new Command("dedupe", "Finds rows that repeat others: the same, nearly the same, or the same in other words. Example: kindred dedupe --in news.csv --out news-once.csv; kindred dedupe --in news.csv --method near --threshold 0.7")
        {
            In, TableFile.TextColumn, Method, Threshold, Out, Encoder.TextModel, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Threshold) is not null && result.GetValue(Method) is null or "exact") result.AddError("--threshold is of one method: --method near or --method meaning");
            if (result.GetValue(Out) is not { } path || result.GetValue(In) is not { } file) return;
            if (file == "-") result.AddError("--out copies the rows of a file, and standard input can be read once: save it to a file first");
            else if (VectorFile.Ending(path) != VectorFile.Ending(file)) result.AddError($"--out {path}: it is written as {file} is: the name must end in {VectorFile.Ending(file)}");
            else if (VectorFile.Names(path) && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: vectors are written unpacked: leave out .gz");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string file = args.GetRequiredValue(In);
        string? path = args.GetValue(Out), method = args.GetValue(Method);
        if (path is not null) Usage.CheckWritable(path);
        var options = new DuplicateOptions();
        options = options with
        {
            Near = method is null or "near" ? args.GetValue(Threshold) ?? options.Near : null,
            Meaning = method is null or "meaning" ? args.GetValue(Threshold) ?? options.Meaning : null,
        };
        var left = new UnusableRows(file);
        var (found, texts) = VectorFile.Names(file) ? (await OfVectorsAsync(file, method, options, path, left, cancel), null) : await OfTextsAsync(file, args, options, path, cancel);
        foreach (var duplicate in found.Duplicates)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{duplicate.Row + 1}\trepeats {duplicate.Keeps + 1}\t{Name(duplicate.Method)} {duplicate.Score:F3}{(texts is null ? "" : $"\t{SearchVerb.Shorten(texts[duplicate.Row], 100)}")}"));
            output.Line(json =>
            {
                json.WriteNumber("row", duplicate.Row + 1);
                json.WriteNumber("keeps", duplicate.Keeps + 1);
                json.WriteString("method", Name(duplicate.Method));
                json.WriteNumber("score", Math.Round(duplicate.Score, 6));
            });
        }

        long rows = found.Kept.Count + found.Duplicates.Count + left.Count;
        var counts = Enum.GetValues<DuplicateMethod>().Select(m => (Name: Name(m), Count: found.Duplicates.Count(d => d.Method == m))).ToList();
        string ways = string.Join(", ", counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Count}"))), to = path is null ? "" : $": {path}";
        output.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Duplicates.Count} of {Output.Count(rows, "row")} {(found.Duplicates.Count == 1 || rows == 1 ? "repeats another" : "repeat others")} ({ways}); {found.Kept.Count} {(found.Kept.Count == 1 ? "stays" : "stay")}{to}; {clock.Elapsed.TotalSeconds:F1} s"));
        output.Line(json =>
        {
            json.WriteNumber("rows", rows);
            json.WriteNumber("kept", found.Kept.Count);
            foreach (var (name, count) in counts) json.WriteNumber(name, count);
            json.WriteNumber("unusable", found.Unusable.Count + left.Count);
            json.WriteString("out", path);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
        });
        return 0;
    }

    private static async Task<(DuplicateResult Found, IReadOnlyList<string> Texts)> OfTextsAsync(string file, ParseResult args, DuplicateOptions options, string? path, CancellationToken cancel)
    {
        string[] texts = TableFile.Read(file, args.GetValue(TableFile.TextColumn), Encoder.AnyOfTexts, null, cancel).Texts;
        var vectors = options.Meaning is null ? null : await EmbedAsync(texts, args.GetValue(Encoder.TextModel), cancel);
        var found = await LookAsync(texts.Length, progress => Deduplication.Find(texts, vectors, options, progress, cancel));
        Tell(found, file, "the text is blank");
        if (path is not null)
        {
            var repeated = found.Duplicates.Select(d => d.Row + 1L).ToHashSet();
            TableCopy.Write(file, path, number => !repeated.Contains(number), cancel);
        }

        return (found, texts);
    }

    /// <summary>A vector for each text that repeats none exactly. Of a text that the model reads in part the vector would say too little to drop it by.</summary>
    private static async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(string[] texts, string? model, CancellationToken cancel)
    {
        var exact = Deduplication.Find(texts, null, new DuplicateOptions { Near = null, Meaning = null }, null, cancel);
        int[] rows = [.. exact.Kept.Except(exact.Unusable)];
        var vectors = new ReadOnlyMemory<float>[texts.Length];
        if (rows.Length == 0) return vectors;
        using var encoder = Encoder.OpenTexts(model);
        List<int> cut = [];
        var embedded = await TableFile.EmbedAsync(encoder, [.. rows.Select(row => texts[row])], null, cancel, cut);
        for (int i = 0; i < rows.Length; i++) vectors[rows[i]] = embedded[i];
        foreach (int i in cut) vectors[rows[i]] = default;
        if (cut.Count > 0) await Console.Error.WriteLineAsync($"kindred: those were not compared by meaning, for their ends may differ: rows {RowNumbers.Of([.. cut.Select(i => rows[i])])}");
        return vectors;
    }

    private static async Task<DuplicateResult> OfVectorsAsync(string file, string? method, DuplicateOptions options, string? path, UnusableRows left, CancellationToken cancel)
    {
        if (method == "near") throw new ArgumentException($"--method near is of texts; {file} holds vectors: --method exact or --method meaning");
        var (rows, places) = VectorFile.ReadUsable(file, left, cancel);
        if (rows.Count == 0) throw new IOException($"{file}: there is no row in it");
        var found = await LookAsync(rows.Count, progress => Deduplication.Find(rows, options, progress, cancel));
        ReadOnlyMemory<float>[] kept = [.. found.Kept.Select(row => rows[row])];
        found = new DuplicateResult([.. found.Duplicates.Select(d => d with { Row = places[d.Row], Keeps = places[d.Keeps] })], [.. found.Kept.Select(row => places[row])], [.. found.Unusable.Select(row => places[row])]);
        Tell(found, file, "the vector is zero");
        if (path is null) return found;
        if (VectorFile.Ending(path) == ".npy") NpyFile.Write(path, kept, rows[0].Length);
        else FvecsFile.Write(path, kept);
        return found;
    }

    private static Task<DuplicateResult> LookAsync(int rows, Func<IProgress<int>, DuplicateResult> find) =>
        ProgressBar.RunAsync("compare", show => Task.Run(() => find(new Told<int>(done => show(done, rows, "")))));

    private static void Tell(DuplicateResult found, string file, string why)
    {
        var unusable = new UnusableRows(file, "kept, compared with none");
        foreach (int row in found.Unusable) unusable.Add(row + 1, why);
        unusable.Tell();
    }

    private static string Name(DuplicateMethod method) => method switch
    {
        DuplicateMethod.Exact => "exact",
        DuplicateMethod.Near => "near",
        _ => "meaning",
    };
}
