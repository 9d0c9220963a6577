namespace Kindred.Learning.Anomalies;

/// <summary>The scorers of a method and their scale on the training set; a method of one keeps its own scale.</summary>
internal sealed class Ensemble
{
    private readonly IScorer[] _scorers;
    private readonly (double Mean, double Deviation)[] _scales;

    private Ensemble(IScorer[] scorers, (double Mean, double Deviation)[] scales) => (_scorers, _scales) = (scorers, scales);

    public IReadOnlyList<(double Mean, double Deviation)> Scales => _scales;

    /// <summary>Fits the scorers, takes their scales, and gives each training row the score it would have had unseen.</summary>
    public static (Ensemble Ensemble, double[] Scores) Fit(Rows rows, AnomalyOptions options, CancellationToken cancel)
    {
        var scorers = Make(rows, options, cancel);
        double[][] each = [.. scorers.Select(_ => new double[rows.Count])];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            for (int s = 0; s < scorers.Length; s++) each[s][i] = scorers[s].HeldOut(i);
        });
        var ensemble = new Ensemble(scorers, scorers.Length == 1 ? [(0, 1)] : [.. each.Select(Scale)]);
        return (ensemble, [.. Enumerable.Range(0, rows.Count).Select(i => ensemble.Join(s => each[s][i]))]);
    }

    /// <summary>The same scorers again, with scales that are known.</summary>
    public static Ensemble Restore(Rows rows, AnomalyOptions options, IReadOnlyList<(double Mean, double Deviation)> scales)
    {
        var scorers = Make(rows, options, CancellationToken.None);
        return scorers.Length == scales.Count ? new Ensemble(scorers, [.. scales]) : throw new ArgumentException($"There are {scales.Count} scales for {scorers.Length} scorers.", nameof(scales));
    }

    public double Score(float[] row) => Join(s => _scorers[s].Score(row));

    private double Join(Func<int, double> score)
    {
        double sum = 0;
        for (int s = 0; s < _scorers.Length; s++) sum += (score(s) - _scales[s].Mean) / _scales[s].Deviation;
        return sum / _scorers.Length;
    }

    private static IScorer[] Make(Rows rows, AnomalyOptions options, CancellationToken cancel) => options.Method switch
    {
        AnomalyMethod.Knn => [new NeighborScorer(rows, 10)],
        AnomalyMethod.Lof => [new LofScorer(rows, 20, cancel)],
        AnomalyMethod.IsolationForest => [new IsolationForest(rows, seed: options.Seed)],
        AnomalyMethod.Mahalanobis => [new MahalanobisScorer(rows)],
        AnomalyMethod.Ecod => [new EcodScorer(rows)],
        _ => Together(rows, options),
    };

    /// <summary>Chosen on nine tables for their mean, not for any one: samples see far, the near neighbour sees close, ECOD sees each column
    /// alone and what it has beyond the others.</summary>
    private static IScorer[] Together(Rows rows, AnomalyOptions options)
    {
        int numbers = options.Numbers ?? rows.Dimensions;

        // correlations of d columns take many more rows than d to know: with fewer, less of them is taken out
        double weight = numbers == 0 ? 1 : Math.Min(1, 20.0 * numbers / rows.Count);
        double least = 1e-3 * Math.Sqrt(Spread(rows));
        if (weight >= 1 || numbers < 2) return [Sample(rows, 16, 1, 100), Sample(rows, 64, 3, 50), Near(rows), new EcodScorer(rows)];
        var space = Covariance.Shrunk(rows, numbers, weight);
        return
        [
            Sample(rows, 16, 1, 100), White(r => Sample(r, 16, 1, 100)), White(r => Sample(r, 32, 2, 100)), White(r => Sample(r, 64, 3, 50)), White(Near),
            new SpaceScorer(rows, rows.Dimensions + numbers, space.Residuals, r => new EcodScorer(r)),
        ];

        SpaceScorer White(Func<Rows, IScorer> scorer) => new(rows, rows.Dimensions, space.Whiten, scorer);

        IScorer Near(Rows r) => new LogScorer(new NeighborScorer(r, 5), least);

        SampleScorer Sample(Rows r, int size, int k, int samples) => new(r, size, k, samples, options.Seed, least);
    }

    /// <summary>The mean variance of a component; never 0.</summary>
    private static double Spread(Rows rows)
    {
        double sum = 0, squares = 0;
        for (int j = 0; j < rows.Dimensions; j++)
        {
            double mean = 0, square = 0;
            for (int i = 0; i < rows.Count; i++)
            {
                mean += (double)rows[i][j] / rows.Count;
                square += (double)rows[i][j] * rows[i][j] / rows.Count;
            }

            sum += Math.Max(square - (mean * mean), 0) / rows.Dimensions;
            squares += square;
        }

        return sum > 0 ? sum : squares > 0 ? squares : 1;
    }

    private static (double Mean, double Deviation) Scale(double[] scores)
    {
        double mean = scores.Average(), deviation = Math.Sqrt(scores.Average(s => (s - mean) * (s - mean)));
        return (mean, deviation > 1e-9 ? deviation : 1);
    }
}
