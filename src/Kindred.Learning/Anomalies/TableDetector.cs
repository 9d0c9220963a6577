using Kindred.Learning.Tables;

namespace Kindred.Learning.Anomalies;

/// <summary>An <see cref="AnomalyDetector"/> of the rows of a table, with the encoder of its columns. Immutable: several threads may score.</summary>
public sealed class TableDetector
{
    private TableDetector(TableEncoder encoder, AnomalyDetector detector, IReadOnlyList<(int Row, string Problem)> unusable) => (Encoder, Detector, Unusable) = (encoder, detector, unusable);

    /// <summary>How rows become vectors.</summary>
    public TableEncoder Encoder { get; }

    /// <summary>How vectors are scored.</summary>
    public AnomalyDetector Detector { get; }

    /// <summary>Training rows that were left out, numbered from 1, and what is wrong with each; empty for a detector that was opened.</summary>
    public IReadOnlyList<(int Row, string Problem)> Unusable { get; }

    /// <summary>Learns what is normal in a table.</summary>
    /// <param name="names">The columns' names.</param>
    /// <param name="rows">Their values as text.</param>
    /// <param name="options">Method and threshold; the defaults when null.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are too few rows, row numbers are not as many, or there is no column that anything can be learnt from.</exception>
    public static TableDetector Fit(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string>> rows, AnomalyOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (options?.RowNumbers is { } called && called.Count != rows.Count) throw new ArgumentException($"{called.Count} row numbers and {rows.Count} rows: as many of each are wanted.", nameof(options));
        var encoder = TableEncoder.Fit(names, rows);
        List<ReadOnlyMemory<float>> vectors = [];
        List<(int Row, string Problem)> unusable = [];
        List<int> numbers = [];
        for (int i = 0; i < rows.Count; i++)
        {
            float[] vector = new float[encoder.Dimensions];
            if (encoder.Encode(rows[i], vector) is { } problem)
            {
                unusable.Add((options?.RowNumbers?[i] ?? i + 1, problem));
                continue;
            }

            vectors.Add(vector);
            numbers.Add(options?.RowNumbers?[i] ?? i + 1);
        }

        var detector = AnomalyDetector.Fit(vectors, (options ?? new()) with { Numbers = encoder.Numbers, RowNumbers = numbers }, cancel);
        return new(encoder, detector, unusable);
    }

    /// <summary>What is to be said of a row, with the reasons.</summary>
    /// <param name="row">Values in the order of the encoder's columns.</param>
    /// <exception cref="FormatException">A value is no number where one is wanted.</exception>
    public Anomaly Score(IReadOnlyList<string> row) => Score(row, Encoder.Encode(row));

    /// <summary>What is to be said of a row that is encoded already.</summary>
    /// <param name="row">Values in the order of the encoder's columns.</param>
    /// <param name="vector">The same row as <see cref="TableEncoder"/> encodes it.</param>
    public Anomaly Score(IReadOnlyList<string> row, ReadOnlySpan<float> vector)
    {
        ArgumentNullException.ThrowIfNull(row);
        double score = Detector.Score(vector);
        var near = Detector.Near(vector, 5);
        return new(score, score > Detector.Threshold, Detector.Tail.Probability(score), Differing(row, vector, near), [.. near.Take(3).Select(n => (long)Detector.Numbers[n.Index])]);
    }

    /// <summary>Writes the detector, see docs/formats/detector.md.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path) => DetectorFile.Write(path, "table", Detector, json => ColumnsJson.Write(json, Encoder.Columns));

    /// <summary>Opens a detector that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Kindred.Vectors.Files.VectorFileException">The file is broken, or no detector of a table.</exception>
    public static TableDetector Open(string path) => DetectorFile.Read(path, "table", (detector, model) =>
    {
        var encoder = new TableEncoder(ColumnsJson.Read(model));
        return encoder.Dimensions == detector.Dimensions && encoder.Numbers == detector.Options.Numbers
            ? new TableDetector(encoder, detector, [])
            : throw new FormatException($"its columns make {encoder.Dimensions} components, its rows have {detector.Dimensions}");
    });

    private List<AnomalousColumn> Differing(IReadOnlyList<string> row, ReadOnlySpan<float> vector, List<(int Index, float Distance)> near)
    {
        if (near.Count == 0) return [];
        float[] mean = new float[vector.Length];
        foreach (var (index, _) in near)
            for (int j = 0; j < mean.Length; j++) mean[j] += Detector.Rows[index][j] / near.Count;
        double[] parts = new double[Encoder.Columns.Count];
        for (int c = 0; c < parts.Length; c++) parts[c] = Encoder.SquaredDistance(c, vector, mean);
        double all = parts.Sum();
        if (all == 0) return [];
        List<AnomalousColumn> differing = [];
        foreach (int c in Enumerable.Range(0, parts.Length).OrderByDescending(c => parts[c]).Take(3).Where(c => parts[c] >= 0.05 * all))
            differing.Add(new(Encoder.Columns[c].Name, c < row.Count ? row[c] : "", Encoder.Decode(c, mean), parts[c] / all));
        return differing;
    }
}
