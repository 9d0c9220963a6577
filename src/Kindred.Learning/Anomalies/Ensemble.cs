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
        var made = Make(rows, options, cancel);
        IScorer[] scorers = [.. made.Select(m => m.Scorer)];
        double[][] each = [.. scorers.Select(_ => new double[rows.Count])];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            for (int s = 0; s < scorers.Length; s++) each[s][i] = scorers[s].HeldOut(i);
        });
        var ensemble = new Ensemble(scorers, scorers.Length == 1 ? [(0, 1)] : [.. each.Select((scores, s) => Scale(scores, made[s].Weight))]);
        return (ensemble, [.. Enumerable.Range(0, rows.Count).Select(i => ensemble.Join(s => each[s][i]))]);
    }

    /// <summary>The same scorers again, with scales that are known.</summary>
    public static Ensemble Restore(Rows rows, AnomalyOptions options, IReadOnlyList<(double Mean, double Deviation)> scales)
    {
        IScorer[] scorers = [.. Make(rows, options, CancellationToken.None).Select(m => m.Scorer)];
        return scorers.Length == scales.Count ? new Ensemble(scorers, [.. scales]) : throw new ArgumentException($"There are {scales.Count} scales for {scorers.Length} scorers.", nameof(scales));
    }

    public double Score(float[] row) => Join(s => _scorers[s].Score(row));

    private double Join(Func<int, double> score)
    {
        double sum = 0;
        for (int s = 0; s < _scorers.Length; s++) sum += (score(s) - _scales[s].Mean) / _scales[s].Deviation;
        return sum / _scorers.Length;
    }

    private static (IScorer Scorer, double Weight)[] Make(Rows rows, AnomalyOptions options, CancellationToken cancel) => options.Method switch
    {
        AnomalyMethod.Knn => [(new NeighborScorer(rows, 10), 1)],
        AnomalyMethod.Lof => [(new LofScorer(rows, 20, cancel), 1)],
        AnomalyMethod.IsolationForest => [(new IsolationForest(rows, seed: options.Seed), 1)],
        AnomalyMethod.Mahalanobis => [(new MahalanobisScorer(rows), 1)],
        AnomalyMethod.Ecod => [(new EcodScorer(rows), 1)],
        _ => Together(rows, options),
    };

    /// <summary>Chosen on nine tables for their mean, not for any one: small samples see far, the near neighbours see close, the one as the columns are, both with
    /// correlations taken out; what one column has beyond all the others, and the tails of each, weigh less.</summary>
    private static (IScorer Scorer, double Weight)[] Together(Rows rows, AnomalyOptions options)
    {
        int numbers = options.Numbers ?? rows.Dimensions;

        // a covariance of d columns known by n rows is wrong by about √(d/n): the fewer rows, the less of the correlations is taken out
        double shrinkage = 2 * Math.Sqrt((double)numbers / rows.Count);
        double least = 1e-3 * Math.Sqrt(Spread(rows));
        IScorer far = Far(rows), tails = new EcodScorer(rows);
        if (shrinkage >= 1) return [(far, 1), (Near(rows), 1), (tails, 0.3)];
        var space = Covariance.Shrunk(rows, numbers, shrinkage);
        var white = SpaceScorer.Of(rows, space.Whiten);
        return [(far, 1), (White(Far(white)), 1), (White(Near(white)), 1), (new ResidualScorer(rows, space), 0.6), (tails, 0.3)];

        SpaceScorer White(IScorer scorer) => new(rows.Dimensions, space.Whiten, scorer);

        LogScorer Near(Rows r) => new(new NeighborScorer(r, 3), least);

        SampleScorer Far(Rows r) => new(r, 32, 2, 100, options.Seed, least);
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

    private static (double Mean, double Deviation) Scale(double[] scores, double weight)
    {
        double mean = scores.Average(), deviation = Math.Sqrt(scores.Average(s => (s - mean) * (s - mean)));
        return (mean, (deviation > 1e-9 ? deviation : 1) / weight);
    }
}
