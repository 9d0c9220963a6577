using System.Runtime.CompilerServices;
using Kindred.Learning.Anomalies;
using Kindred.Store.Reading;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Rows of a file or of standard input through a saved detector, in their order; a row of a stream as soon as it is there.</summary>
internal static class DetectInput
{
    private const int Batch = 2048;

    public static async IAsyncEnumerable<ScoredRow> ScoreAsync(string with, string file, string? label, UnusableRows unusable, [EnumeratorCancellation] CancellationToken cancel)
    {
        var kind = AnomalyDetector.KindOf(with);
        if (VectorFile.Names(file))
        {
            if (kind != DetectorKind.Vectors) throw new ArgumentException($"{file} holds vectors; {with} was learnt from a table");
            var detector = AnomalyDetector.Open(with);
            var (vectors, places) = VectorFile.ReadUsable(file, unusable, cancel);
            double[] scores = detector.Score(vectors, cancel);
            for (int i = 0; i < scores.Length; i++) yield return new(places[i] + 1, null, Of(detector, scores[i], vectors[i].Span), "");
            yield break;
        }

        using var table = InputTable.Open(file, unusable, watched: file == "-");
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
    public static IEnumerable<(TableRow Row, string[] Values, float[] Vector)> Encode(TableDetector detector, InputTable table, int? label, CancellationToken cancel)
    {
        LearntColumns? known = null;
        foreach (var row in table.Rows(cancel))
        {
            known ??= new LearntColumns(detector.Encoder, table, label, "detector", cancel);
            string[] values = known.Values(row);
            float[] vector = new float[detector.Encoder.Dimensions];
            if (detector.Encoder.Encode(values, vector) is { } problem) table.Unusable.Add(row.Number, problem);
            else yield return (row, values, vector);
        }

        known?.Tell();
    }

    private static IEnumerable<ScoredRow> OfTable(TableDetector detector, InputTable table, int? label, CancellationToken cancel)
    {
        foreach (var batch in Encode(detector, table, label, cancel).Chunk(table.IsStream ? 1 : Batch))
        {
            var scored = new ScoredRow[batch.Length];
            Parallel.For(0, batch.Length, new ParallelOptions { CancellationToken = cancel }, i =>
                scored[i] = new(batch[i].Row.Number, label is { } l ? InputTable.Value(batch[i].Row, l) : null, detector.Score(batch[i].Values, batch[i].Vector), ""));
            foreach (var row in scored) yield return row;
        }
    }

    private static IEnumerable<ScoredRow> OfSeries(SeriesDetector detector, InputTable table, int? label, CancellationToken cancel)
    {
        int[]? places = null;
        var monitor = detector.Start();
        var order = new TimeOrder(table.Name);
        foreach (var row in table.Rows(cancel))
        {
            if (places is null || places.Contains(-1)) places = LearntColumns.Places([detector.Time, .. detector.Columns], [detector.Time, .. detector.Columns], table, "detector", cancel);
            if (DetectSeries.Read(row, places[0], detector.DayFirst, places[1..], table.Columns, out double when, out double[] values) is { } problem)
            {
                table.Unusable.Add(row.Number, problem);
                continue;
            }

            order.Next(row.Number, when);
            yield return new(row.Number, label is { } l ? InputTable.Value(row, l) : null, monitor.Next(when, values), InputTable.Value(row, places[0]));
        }

        order.Tell();
    }

    /// <summary>The texts, or names of files, that can be encoded, and their vectors, in batches, as a saved detector wants them.</summary>
    public static async IAsyncEnumerable<(TableRow Row, string Text, ReadOnlyMemory<float> Vector)[]> EncodeAsync(string with, AnomalyDetector detector, InputTable table, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (detector.Options.Source.Split('\n', 2) is not [var named, var kept]) throw new ArgumentException($"{with} was learnt from vectors: a .npy or .fvecs file is wanted");
        var column = table.Encoded(named.Length == 0 || table.IsTexts ? null : named, kept.Split('\n')[0], columns: false, cancel)!;
        using var encoder = Encoder.OpenKept(with, kept, null, column.Media);
        await foreach (var batch in EncodeAsync(table, column, table.Rows(cancel), table.IsStream ? 1 : Batch, encoder, cancel)) yield return batch;
    }

    /// <summary>The texts, or names of files, that can be encoded, and their vectors, in batches.</summary>
    public static async IAsyncEnumerable<(TableRow Row, string Text, ReadOnlyMemory<float> Vector)[]> EncodeAsync(InputTable table, EncodedColumn column, IEnumerable<TableRow> rows, int atOnce, IEmbeddingGenerator<string, Embedding<float>> encoder, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var batch in rows.Where(IsThere).Chunk(atOnce))
        {
            string[] texts = [.. batch.Select(column.Of)];
            var vectors = await TableFile.EmbedAsync(encoder, texts, null, cancel, leave: (i, problem) => table.Unusable.Add(batch[i].Number, problem));
            yield return [.. batch.Select((row, i) => (row, texts[i], vectors[i])).Where(r => !r.Item3.IsEmpty)];
        }

        bool IsThere(TableRow row)
        {
            if (!string.IsNullOrWhiteSpace(column.Of(row))) return true;
            table.Unusable.Add(row.Number, "the text is blank");
            return false;
        }
    }

    private static async IAsyncEnumerable<ScoredRow> OfTextsAsync(string with, InputTable table, int? label, [EnumeratorCancellation] CancellationToken cancel)
    {
        var detector = AnomalyDetector.Open(with);
        await foreach (var batch in EncodeAsync(with, detector, table, cancel))
        {
            double[] scores = detector.Score([.. batch.Select(r => r.Vector)], cancel);
            for (int i = 0; i < batch.Length; i++)
                yield return new(batch[i].Row.Number, label is { } l ? InputTable.Value(batch[i].Row, l) : null, Of(detector, scores[i], batch[i].Vector.Span), batch[i].Text);
        }
    }

    private static Anomaly Of(AnomalyDetector detector, double score, ReadOnlySpan<float> vector) =>
        new(score, score > detector.Threshold, detector.Tail.Probability(score), [], score > detector.Threshold ? [.. detector.NearestNormal(vector).Select(n => n.Id)] : []);
}
