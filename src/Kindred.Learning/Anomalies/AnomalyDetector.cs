using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Anomalies;

/// <summary>
/// Tells which vectors lie apart from those it was fitted to, without labels. The components should be on one scale, as <c>TableEncoder</c> and encoders of
/// texts make them. A row scores the same alone as among others. Immutable: several threads may score.
/// </summary>
public sealed class AnomalyDetector
{
    /// <summary>The most training rows that are kept; of more, so many are drawn at random.</summary>
    public const int MaxRows = 20_000;

    /// <summary>The fewest rows from which it is learnt what is normal.</summary>
    public const int MinRows = 10;

    private readonly Rows _rows;
    private readonly int[] _numbers;
    private readonly double[] _scores;
    private readonly Ensemble _ensemble;

    internal AnomalyDetector(Rows rows, int[] numbers, double[] scores, Ensemble ensemble, AnomalyOptions options)
    {
        (_rows, _numbers, _scores, _ensemble, Options) = (rows, numbers, scores, ensemble, options);
        Tail = TailFit.Of(scores);
        Threshold = Tail.Quantile(options.Contamination ?? options.FalseAlarms);
        if (options.Contamination is { } share) Threshold = Tail.Scores[Math.Max((int)Math.Round(scores.Length * (1 - share)) - 1, 0)];
    }

    /// <summary>How it was fitted.</summary>
    public AnomalyOptions Options { get; }

    /// <summary>Components of a row.</summary>
    public int Dimensions => _rows.Dimensions;

    /// <summary>How many training rows are kept.</summary>
    public int Count => _rows.Count;

    /// <summary>A row that scores above it is an anomaly.</summary>
    public double Threshold { get; }

    /// <summary>How often normal rows exceed a score.</summary>
    public TailFit Tail { get; }

    internal Rows Rows => _rows;

    internal int[] Numbers => _numbers;

    internal double[] Scores => _scores;

    internal Ensemble Ensemble => _ensemble;

    /// <summary>Learns what is normal.</summary>
    /// <param name="rows">Shape [n, d], n at least <see cref="MinRows"/>; finite. Copied.</param>
    /// <param name="options">Method and threshold; the defaults when null.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There are too few rows, their lengths differ, a component is not finite, or an option is out of range.</exception>
    public static AnomalyDetector Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, AnomalyOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new();
        if (!(options.FalseAlarms is > 0 and < 0.5)) throw new ArgumentException($"False alarms of {options.FalseAlarms}: a share above 0 and below 0.5 is wanted.", nameof(options));
        if (options.Contamination is not null and not (> 0 and < 0.5)) throw new ArgumentException($"Contamination {options.Contamination}: a share above 0 and below 0.5 is wanted.", nameof(options));
        if (rows.Count < MinRows) throw TooFew.Rows(rows.Count, "learn what is normal", MinRows, nameof(rows));
        if (options.RowNumbers is { } numbers && numbers.Count != rows.Count) throw new ArgumentException($"{numbers.Count} row numbers and {rows.Count} rows: as many of each are wanted.", nameof(options));
        int d = rows[0].Length;
        if (d == 0 || options.Numbers is < 0 || options.Numbers > d) throw new ArgumentException($"Rows of {d} components cannot be fitted.", nameof(rows));
        int[] kept = rows.Count <= MaxRows ? [.. Enumerable.Range(0, rows.Count)] : [.. SampleScorer.Draw(new Random(options.Seed), rows.Count, MaxRows).Order()];
        float[] values = new float[kept.Length * d];
        for (int i = 0; i < rows.Count; i++) Check(rows[i].Span, d, $"row {i + 1}");
        for (int i = 0; i < kept.Length; i++) rows[kept[i]].Span.CopyTo(values.AsSpan(i * d));
        var training = new Rows(values, d);
        var (ensemble, scores) = Ensemble.Fit(training, options, cancel);
        return new(training, [.. kept.Select(i => options.RowNumbers?[i] ?? i + 1)], scores, ensemble, options);
    }

    /// <summary>How far out a row is.</summary>
    /// <param name="row">Shape [dimensions], finite.</param>
    /// <returns>Finite; larger is farther. Compare it with <see cref="Threshold"/>, or ask <see cref="Tail"/> how rare it is.</returns>
    /// <exception cref="ArgumentException">The shape is another, or a component is not finite.</exception>
    public double Score(ReadOnlySpan<float> row)
    {
        Check(row, Dimensions, "the row");
        return _ensemble.Score(row.ToArray());
    }

    /// <summary>How far out many rows are, on all cores.</summary>
    /// <param name="rows">Shape [n, dimensions], finite.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n], each as <see cref="Score(ReadOnlySpan{float})"/> gives it.</returns>
    /// <exception cref="ArgumentException">A shape is another, or a component is not finite.</exception>
    public double[] Score(IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        for (int i = 0; i < rows.Count; i++) Check(rows[i].Span, Dimensions, $"row {i + 1}");
        double[] scores = new double[rows.Count];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i => scores[i] = _ensemble.Score(rows[i].ToArray()));
        return scores;
    }

    /// <summary>The training rows nearest to a row, among those that are no anomalies themselves.</summary>
    /// <param name="row">Shape [dimensions].</param>
    /// <param name="k">How many at most.</param>
    /// <returns>Id: the row's number in the training set, from 1, or what <see cref="AnomalyOptions.RowNumbers"/> said; Score: the distance. Nearest first.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public IReadOnlyList<Neighbor> NearestNormal(ReadOnlySpan<float> row, int k = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return [.. Near(row, k).Select(n => new Neighbor(_numbers[n.Index], n.Distance))];
    }

    /// <summary>Writes the detector, see docs/formats/detector.md.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path) => DetectorFile.Write(path, "vectors", this, _ => { });

    /// <summary>Opens a detector that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is broken, or no detector of vectors.</exception>
    public static AnomalyDetector Open(string path) => DetectorFile.Read(path, "vectors", (detector, _) => detector);

    /// <summary>What the detector in a file is for, and so which class opens it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is broken, or no detector.</exception>
    public static DetectorKind KindOf(string path) => DetectorFile.Kind(path);

    /// <summary>The kept rows nearest to a row that are no anomalies.</summary>
    internal List<(int Index, float Distance)> Near(ReadOnlySpan<float> row, int k)
    {
        Check(row, Dimensions, "the row");
        var near = new List<(int Index, float Distance)>(k + 1);
        for (int i = 0; i < Count; i++)
        {
            if (_scores[i] > Threshold) continue;
            float distance = Metric.SquaredL2(row, _rows[i]);
            if (near.Count == k && distance >= near[^1].Distance) continue;
            int at = near.Count;
            while (at > 0 && near[at - 1].Distance > distance) at--;
            near.Insert(at, (i, distance));
            if (near.Count > k) near.RemoveAt(k);
        }

        return [.. near.Select(n => (n.Index, MathF.Sqrt(n.Distance)))];
    }

    private static void Check(ReadOnlySpan<float> row, int dimensions, string name)
    {
        if (row.Length != dimensions) throw new ArgumentException($"{name} has {row.Length} components, {dimensions} are wanted.", nameof(row));
        if (Metric.IndexOfNonFinite(row) is var at and >= 0) throw new ArgumentException($"{name}, component {at}: {row[at]} is not a finite number.", nameof(row));
    }
}
