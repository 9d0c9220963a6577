namespace Kindred.Learning.Classification;

/// <summary>Logistic regression on the vectors, C by cross-validation.</summary>
internal sealed class LogisticView(LogisticRegression model) : View
{
    public const string Kind = "logistic";

    /// <summary>Weighed with others, the last digits of a minimum do not matter.</summary>
    private const double Rough = 2e-4;

    public override string Name => Kind;

    public static LogisticView Fit(Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        // from small C to large each begins where the one before ended; the folds begin anew, for a start that has seen a row is not blind to it
        LogisticRegression? last = null;
        double c = Choose(rows, targets, folds, [1, 10, 100], (part, answers, setting) => new LogisticView(last = LogisticRegression.Fit(part.Vectors!, answers, setting, last, cancel, Rough)));
        return CrossFit(rows, targets, folds, (part, answers) => new LogisticView(LogisticRegression.Fit(part.Vectors!, answers, c, null, cancel, Rough)), out outOfFold);
    }

    public override DenseRows Score(Prepared rows) => model.Score(rows.Vectors!);

    public override void Save(ModelWriter writer) => writer.Add("logistic.weights", model.ToRows());

    public static LogisticView Load(ModelReader reader, int dimensions, int classes) => new(LogisticRegression.OfRows(reader.Rows("logistic.weights", dimensions + 1, classes)));
}
