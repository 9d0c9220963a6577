using Kindred.Learning.Anomalies;
using Kindred.Store.Reading;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Rows of a file or of standard input through a saved detector, in their order; a row of a stream as soon as it is there.</summary>
internal static class DetectInput
{
    private const int Batch = 2048;

    public static async IAsyncEnumerable<ScoredRow> ScoreAsync(string with, string file, string? label, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var kind = AnomalyDetector.KindOf(with);
        if (VectorFile.Names(file))
        {
            if (kind != DetectorKind.Vectors) throw new ArgumentException($"{file} holds vectors; {with} was learnt from a table");
            var detector = AnomalyDetector.Open(with);
            var vectors = VectorFile.Read(file, cancel);
            double[] scores = detector.Score(vectors, cancel);
            for (int i = 0; i < scores.Length; i++) yield return new(i + 1, null, Of(detector, scores[i], vectors[i].Span), "");
            yield break;
        }

        using var table = DetectTable.Open(file);
        int? labels = label is null ? table.IsTexts ? null : table.Label(null) : table.Column(label);
        var rows = kind switch
        {
            DetectorKind.Table => OfTable(TableDetector.Open(with), table, labels, cancel),
            DetectorKind.Series => OfSeries(SeriesDetector.Open(with), table, labels, cancel),
            _ => null,
        };
        if (rows is not null)
        {
            foreach (var row in rows) yield return row;
        }
        else
        {
            await foreach (var row in OfTextsAsync(with, table, labels, cancel)) yield return row;
        }

        table.TellUnusable();
    }

    /// <summary>The vectors of the rows that can be used.</summary>
    public static IEnumerable<(TableRow Row, string[] Values, float[] Vector)> Encode(TableDetector detector, DetectTable table, CancellationToken cancel)
    {
        int[]? places = null;
        foreach (var row in table.Rows(cancel))
        {
            places ??= Places(detector.Encoder.Columns.Where(c => c.Kind != Learning.Tables.ColumnKind.Ignored).Select(c => c.Name), [.. detector.Encoder.Columns.Select(c => c.Name)], table);
            string[] values = [.. places.Select(p => p < 0 ? "" : DetectTable.Value(row, p))];
            float[] vector = new float[detector.Encoder.Dimensions];
            if (detector.Encoder.Encode(values, vector) is { } problem) table.Leave(row.Number, problem);
            else yield return (row, values, vector);
        }
    }

    private static IEnumerable<ScoredRow> OfTable(TableDetector detector, DetectTable table, int? label, CancellationToken cancel)
    {
        foreach (var batch in Encode(detector, table, cancel).Chunk(table.IsStream ? 1 : Batch))
        {
            var scored = new ScoredRow[batch.Length];
            Parallel.For(0, batch.Length, new ParallelOptions { CancellationToken = cancel }, i =>
                scored[i] = new(batch[i].Row.Number, label is { } l ? DetectTable.Value(batch[i].Row, l) : null, detector.Score(batch[i].Values, batch[i].Vector), ""));
            foreach (var row in scored) yield return row;
        }
    }

    private static IEnumerable<ScoredRow> OfSeries(SeriesDetector detector, DetectTable table, int? label, CancellationToken cancel)
    {
        int[]? places = null;
        var monitor = detector.Start();
        foreach (var row in table.Rows(cancel))
        {
            places ??= Places([detector.Time, .. detector.Columns], [detector.Time, .. detector.Columns], table);
            if (DetectSeries.Read(row, places[0], places[1..], table.Columns, out double when, out double[] values) is { } problem) table.Leave(row.Number, problem);
            else yield return new(row.Number, label is { } l ? DetectTable.Value(row, l) : null, monitor.Next(when, values), DetectTable.Value(row, places[0]));
        }
    }

    /// <summary>The vectors of the texts that can be used.</summary>
    public static async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(string with, AnomalyDetector detector, DetectTable table, CancellationToken cancel)
    {
        var (column, model) = Source(with, detector);
        using var encoder = Open(table, model);
        int at = table.Column(table.IsTexts ? "text" : column);
        return await TableFile.EmbedAsync(encoder, [.. Usable(table, at, encoder, cancel).Select(r => DetectTable.Value(r, at))], null, cancel);
    }

    private static async IAsyncEnumerable<ScoredRow> OfTextsAsync(string with, DetectTable table, int? label, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var detector = AnomalyDetector.Open(with);
        var (column, model) = Source(with, detector);
        using var encoder = Open(table, model);
        int at = table.Column(table.IsTexts ? "text" : column);
        foreach (var batch in Usable(table, at, encoder, cancel).Chunk(table.IsStream ? 1 : Batch))
        {
            var vectors = await TableFile.EmbedAsync(encoder, [.. batch.Select(r => DetectTable.Value(r, at))], null, cancel);
            double[] scores = detector.Score(vectors, cancel);
            for (int i = 0; i < batch.Length; i++)
                yield return new(batch[i].Number, label is { } l ? DetectTable.Value(batch[i], l) : null, Of(detector, scores[i], vectors[i].Span), DetectTable.Value(batch[i], at));
        }
    }

    private static (string Column, string? Model) Source(string with, AnomalyDetector detector) => detector.Options.Source.Split('\n') is [var column, var model]
        ? (column, model.Length == 0 ? null : model)
        : throw new ArgumentException($"{with} was learnt from vectors: a .npy or .fvecs file is wanted");

    /// <summary>Why a text, or the file it names, cannot be encoded; null if it can.</summary>
    public static string? Unusable(IEmbeddingGenerator<string, Embedding<float>> encoder, string text) =>
        string.IsNullOrWhiteSpace(text) ? "the text is blank" : (encoder as MediaEncoder)?.Problem(text);

    private static IEmbeddingGenerator<string, Embedding<float>> Open(DetectTable table, string? model) =>
        MediaEncoder.For(table.IsStream ? "-" : table.Name, model, null, null) ?? Encoder.OpenTexts(model);

    private static IEnumerable<TableRow> Usable(DetectTable table, int text, IEmbeddingGenerator<string, Embedding<float>> encoder, CancellationToken cancel)
    {
        foreach (var row in table.Rows(cancel))
        {
            if (Unusable(encoder, DetectTable.Value(row, text)) is { } problem) table.Leave(row.Number, problem);
            else yield return row;
        }
    }

    private static Anomaly Of(AnomalyDetector detector, double score, ReadOnlySpan<float> vector) =>
        new(score, score > detector.Threshold, detector.Tail.Probability(score), [], score > detector.Threshold ? [.. detector.NearestNormal(vector).Select(n => n.Id)] : []);

    /// <summary>Where the columns that were learnt are in this table; -1 for one that is not there and not needed.</summary>
    private static int[] Places(IEnumerable<string> needed, string[] all, DetectTable table)
    {
        string[] missing = [.. needed.Where(c => !table.Has(c))];
        if (missing.Length > 0) throw new FormatException($"{table.Name}: there is no column {string.Join(", ", missing.Select(m => $"'{m}'"))}, which the detector has learnt from; the columns are {string.Join(", ", table.Columns.Take(20))}");
        return [.. all.Select(c => table.Has(c) ? table.Column(c) : -1)];
    }
}
